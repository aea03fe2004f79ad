import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Host } from '../../../../src/systems/host/host.ts';

/** A domain as the stand-in's virsh knows it. Texts are what the real one was seen to print. */
export interface StandInDomain {
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  /** Without it a persistent domain's, without autostart and managed save. */
  readonly dominfo?: string;
  readonly inactive: string;
  /** For an active domain; without it the same as `inactive`. */
  readonly live?: string;
  readonly job?: string;
  readonly blockJobs?: Readonly<Record<string, string>>;
  readonly snapshots?: Readonly<Record<string, string>>;
}

/** What a command on a domain does instead of succeeding: "start" → its exit code and message. */
export type Mishaps = Readonly<Record<string, { readonly exitCode: number; readonly stderr: string }>>;

export interface World {
  domains: StandInDomain[];
  /** "pool/volume" → XML. */
  volumes?: Record<string, string>;
  pools?: string[];
  mishaps?: Mishaps;
  /** Path → what `qemu-img info` prints, or the exit code of `qemu-img check`. */
  images?: Record<string, unknown>;
  /** Lines of domifaddr by source. */
  addresses?: Record<string, string>;
  /** Every command prints this on stderr and fails. */
  down?: string;
}

export interface StandIn {
  readonly host: Host;
  /** For the world's files. */
  readonly directory: string;
  /** virsh's commands, in the order they came. */
  commands(): string[];
  /** Commands that were run on the host. */
  roundTrips(): number;
  remove(): void;
}

/**
 * A host whose `virsh` and `qemu-img` are stand-ins that answer from a world; bash, stat and all else are this
 * machine's own.
 */
export function standInHost(build: (directory: string) => World, { without = [] as readonly string[] } = {}): StandIn {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'stackhand-libvirt-')));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const name of ['virsh', 'qemu-img'])
    if (!without.includes(name)) copyFileSync(new URL(`${name}.sh`, import.meta.url), join(bin, name));
  // Nothing else of this machine: a real qemu-img would answer where the world has none.
  for (const tool of ['awk', 'bash', 'cat', 'dirname', 'env', 'grep', 'realpath', 'stat', 'timeout'])
    symlinkSync(findTool(tool), join(bin, tool));
  const files = join(directory, 'world');
  mkdirSync(files);
  const log = join(files, 'commands');
  const world = build(directory);
  let trips = 0;
  putWorld(files, world);
  return {
    directory,
    host: {
      name: 'kvm1',
      run(argv, { input = '', deadline = 60 } = {}) {
        trips += 1;
        return new Promise((resolve, reject) => {
          const env = { PATH: bin, LC_ALL: 'C', WORLD: files };
          const child = spawn('timeout', ['-s', 'KILL', String(deadline), ...argv], { env });
          const out: Buffer[] = [];
          const err: Buffer[] = [];
          child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
          child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
          child.stdin.on('error', () => undefined);
          child.stdin.end(input);
          child.on('error', reject);
          child.on('close', (code) => {
            const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString());
            resolve({ argv, exitCode: code ?? 137, stdout: stdout!, stderr: stderr! });
          });
        });
      },
      close: () => Promise.resolve(),
    },
    commands: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    roundTrips: () => trips,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** As files that the stand-ins read. */
function putWorld(directory: string, world: World): void {
  const put = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  const rows = (name: string, all: readonly (readonly string[])[]): void =>
    put(name, all.map((row) => `${row.join('\t')}\n`).join(''));
  rows(
    'domains',
    world.domains.map(({ uuid, state, name }) => [uuid, state, name]),
  );
  for (const { uuid, state, name } of world.domains) rows(`${uuid}.row`, [[uuid, state, name]]);
  for (const { uuid, dominfo, inactive, live, job, blockJobs = {}, snapshots = {} } of world.domains) {
    for (const [kind, text] of Object.entries({ dominfo, inactive, live, job }))
      if (text !== undefined) put(`${uuid}.${kind}`, text);
    put(
      `${uuid}.targets`,
      Object.keys(blockJobs)
        .map((target) => ` ${target}   -\n`)
        .join(''),
    );
    for (const [target, text] of Object.entries(blockJobs)) put(`${uuid}.blockjob-${target}`, text);
    put(
      `${uuid}.snapshots`,
      Object.keys(snapshots)
        .map((name) => `${name}\n`)
        .join(''),
    );
    Object.values(snapshots).forEach((text, at) => put(`${uuid}.snapshot-${at}`, text));
  }
  const numbered = (kind: string, texts: Readonly<Record<string, string>>): void => {
    rows(
      `${kind}s`,
      Object.keys(texts).map((key, at) => [String(at), key]),
    );
    Object.values(texts).forEach((text, at) => put(`${kind}-${at}`, text));
  };
  numbered('volume', world.volumes ?? {});
  const image = (answer: unknown): string => (typeof answer === 'number' ? `${answer}` : JSON.stringify(answer));
  numbered(
    'image',
    Object.fromEntries(Object.entries(world.images ?? {}).map(([key, answer]) => [key, image(answer)])),
  );
  (world.pools ?? []).forEach((text, at) => put(`pool-${at}`, text));
  put('pools', (world.pools ?? []).map((_, at) => `${at}\n`).join(''));
  for (const [command, { exitCode, stderr }] of Object.entries(world.mishaps ?? {})) {
    put(`mishap-${command}`, stderr);
    put(`mishap-${command}.code`, String(exitCode));
  }
  for (const [source, text] of Object.entries(world.addresses ?? {})) put(`addresses-${source}`, text);
  if (world.down !== undefined) put('down', world.down);
}

function findTool(name: string): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((part) => join(part, name))
    .find(existsSync);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return realpathSync(found);
}

/** A captured text of fixtures/. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
}

/** An image file of so many bytes. */
export function image(path: string, bytes = 4096): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.alloc(bytes, 'x'));
  return path;
}

const texts = { uuid: '1ecbb2fc-12f0-42ff-85b0-74c668e27163', name: 'web01' };

/** A small domain of one's own. `devices` are XML. */
export function domain(
  devices: string,
  more: Partial<StandInDomain> & { os?: string; top?: string } = {},
): StandInDomain {
  const { uuid = texts.uuid, name = texts.name, state = 'shut off', os = '', top = '' } = more;
  const inactive = `<domain type='qemu'><name>${escape(name)}</name><uuid>${uuid}</uuid>${top}<os><type>hvm</type>${os}</os>
  <devices>${devices}</devices></domain>`;
  return { ...more, uuid, name, state, inactive: more.inactive ?? inactive };
}

/** A file's disk. */
export function disk(target: string, path: string, format = 'raw', more = ''): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${escape(path)}'/><target dev='${target}'/>${more}</disk>`;
}

function escape(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/'/g, '&apos;');
}
