import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { execa } from 'execa';
import { builtProgram } from '../../../support/built.ts';
import { scratchDirectory } from '../../../support/scratch.ts';
import { compose } from './compose.ts';
import { lowPorts } from './ports.ts';
import { Postgresql } from './postgresql.ts';
import { Program } from './processes.ts';
import { programs } from './programs.ts';

export { programs };

const password = 'topology';
const workerNames = ['one', 'two'] as const;
export type WorkerName = (typeof workerNames)[number];

/**
 * What docker-compose.yml runs, from packages: PostgreSQL, the Temporal server on it, and two workers that share their
 * records. Each part can be killed, and started again over what it left.
 */
export function useTopology(environment: () => Promise<Record<string, string>>): Topology {
  const topology = new Topology();
  beforeAll(async () => topology.open(await environment()), 240_000);
  afterAll(() => topology.close(), 60_000);
  return topology;
}

export class Topology {
  #directory = '';
  #environment: Record<string, string> = {};
  #ports: readonly number[] = [];
  #postgresql: Postgresql | undefined;
  #metrics: Readonly<Record<WorkerName, number>> = { one: 0, two: 0 };
  #connection: Connection | undefined;
  readonly #running = new Map<string, Program>();

  async open(environment: Record<string, string>): Promise<void> {
    this.#directory = await scratchDirectory('topology');
    this.#environment = environment;
    const [one = 0, two = 0, ...ports] = await lowPorts(12);
    this.#metrics = { one, two };
    this.#ports = ports;
    this.#postgresql = await Postgresql.make(this.#directory, this.#port(0), 'temporal', password);
    await this.startPostgresql();
    // Twice, as at each `up`: what is done already must be no obstacle.
    await this.#schema();
    await this.#schema();
    await this.startTemporal();
    this.#connection = await Connection.connect({ address: this.address });
    await this.#connection.workflowService.registerNamespace({
      namespace: 'default',
      workflowExecutionRetentionPeriod: msToTs('90 days'),
    });
    // The frontend learns of a namespace in its own time.
    const { connection } = this;
    await this.#program('temporal').ready(
      'the namespace is known',
      () => works(connection.operatorService.listSearchAttributes({ namespace: 'default' })),
      60,
    );
    for (const name of workerNames) await this.startWorker(name);
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new Error('Temporal is there in tests and hooks');
    return this.#connection;
  }

  get client(): Client {
    return new Client({ connection: this.connection, namespace: 'default' });
  }

  get address(): string {
    return `127.0.0.1:${String(this.#port(1))}`;
  }

  get directory(): string {
    return this.#directory;
  }

  /** Where Prometheus finds a worker's metrics. */
  metricsOf(worker: WorkerName): string {
    return `127.0.0.1:${String(this.#metrics[worker])}`;
  }

  async startPostgresql(): Promise<void> {
    if (this.#postgresql === undefined) throw new Error('PostgreSQL was never made');
    this.#running.set('postgresql', await this.#postgresql.start());
  }

  async startTemporal(): Promise<void> {
    const dynamic = join(this.#directory, 'dynamicconfig.yaml');
    await writeFile(dynamic, compose.configs.dynamicconfig.content);
    const temporal = await this.#start('temporal', this.#temporal('temporal-server'), {
      // The directory stands for itself: by it the janitor knows the process.
      args: ['--root', this.#directory, '--allow-no-auth', 'start'],
      environment: this.temporalEnvironment(dynamic),
    });
    await temporal.ready('Temporal serves', () => this.serves(), 120);
  }

  /** What the server is told, as the compose file tells it, but for the places of this machine. */
  temporalEnvironment(dynamicConfig: string): Record<string, string> {
    const services = ['FRONTEND', 'MATCHING', 'HISTORY', 'WORKER'];
    const ports = services.flatMap((service, at) => [
      [`${service}_GRPC_PORT`, String(this.#port(1 + at))],
      [`${service}_MEMBERSHIP_PORT`, String(this.#port(5 + at))],
    ]);
    return {
      ...compose.services.temporal.environment,
      ...(Object.fromEntries(ports) as Record<string, string>),
      FRONTEND_HTTP_PORT: String(this.#port(9)),
      POSTGRES_SEEDS: '127.0.0.1',
      POSTGRES_PWD: password,
      DB_PORT: String(this.#port(0)),
      BIND_ON_IP: '127.0.0.1',
      DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
    };
  }

  async startWorker(name: WorkerName): Promise<void> {
    const worker = await this.#start(`worker ${name}`, process.execPath, {
      args: [
        await this.cli(),
        '--config',
        this.#environment['STACKHAND_CONFIG'] ?? '',
        'worker',
        '--metrics',
        this.metricsOf(name),
      ],
      environment: this.env,
    });
    await worker.ready('it serves', () => works(this.scrape(name)), 60);
  }

  /** The metrics of a worker, which gives some as soon as it serves. */
  async scrape(name: WorkerName): Promise<string> {
    const answer = await fetch(`http://${this.metricsOf(name)}/metrics`);
    return answer.text();
  }

  /** What the command line and the workers have as their environment. */
  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#directory,
      TEMPORAL_ADDRESS: this.address,
      TEMPORAL_NAMESPACE: 'default',
      ...this.#environment,
    };
  }

  async cli(): Promise<string> {
    return `${await builtProgram()}/client/main.js`;
  }

  /** A command, as typed; its answer as JSON. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [await this.cli(), ...args, '--json'], {
      env: this.env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: 120_000,
    });
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: exit ${String(exitCode)}\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Starts an operation without following it; its workflow's id. */
  async begin(...args: readonly string[]): Promise<string> {
    return (await this.json<{ workflowId: string }>(...args, '--detach')).workflowId;
  }

  /** Whether Temporal answers a question that its database has to answer. */
  serves(): Promise<boolean> {
    const probe = async (): Promise<void> => {
      const connection = await Connection.connect({ address: this.address, connectTimeout: 2_000 });
      try {
        await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.listNamespaces({}));
      } finally {
        await connection.close();
      }
    };
    return works(probe());
  }

  async kill(name: 'postgresql' | 'temporal' | `worker ${WorkerName}`): Promise<void> {
    await this.#program(name).kill();
  }

  /** Whether a part runs that nobody has killed. */
  runs(name: 'postgresql' | 'temporal' | `worker ${WorkerName}`): boolean {
    return !this.#program(name).ended;
  }

  /** Starts a part again, as its restart policy would. */
  async start(name: 'postgresql' | 'temporal' | `worker ${WorkerName}`): Promise<void> {
    if (name === 'postgresql') await this.startPostgresql();
    else if (name === 'temporal') await this.startTemporal();
    else await this.startWorker(name === 'worker one' ? 'one' : 'two');
  }

  /** Everything is ended, also after a failure in the middle. */
  async close(): Promise<void> {
    await this.#connection?.close();
    for (const program of [...this.#running.values()].reverse()) await program.kill();
  }

  async #start(
    name: string,
    program: string,
    { args, environment = {} }: { args: string[]; environment?: Record<string, string> },
  ): Promise<Program> {
    const log = join(this.#directory, `${name.replace(' ', '-')}.log`);
    const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...environment };
    const started = await Program.start(log, program, args, { env, cwd: '/' });
    this.#running.set(name, started);
    return started;
  }

  /** The schema service's own script, with the places of this machine. */
  async #schema(): Promise<void> {
    const script = compose.services.schema.command
      .join('\n')
      .replaceAll('$$', '$')
      .replaceAll('/run/secrets/postgres_password', this.#postgresql?.passwordFile ?? '')
      .replaceAll('/etc/temporal/schema', this.#temporal('schema'));
    await execa('/bin/sh', ['-euc', script], {
      env: {
        ...compose.services.schema.environment,
        PATH: `${this.#temporal('')}:${process.env['PATH'] ?? ''}`,
        SQL_HOST: '127.0.0.1',
        SQL_PORT: String(this.#port(0)),
      },
    });
  }

  #program(name: string): Program {
    const found = this.#running.get(name);
    if (found === undefined) throw new Error(`${name} was never started`);
    return found;
  }

  #port(at: number): number {
    return this.#ports[at] ?? 0;
  }

  #temporal(program: string): string {
    return join(programs.temporal ?? '', program);
  }
}

const works = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );
