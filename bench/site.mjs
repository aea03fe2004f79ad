import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { root, run } from '../scripts/lib/run.mjs';
import { Stop } from '../scripts/lib/say.mjs';
import { ensureTemporal } from '../scripts/lib/temporal.mjs';

/** A real libvirt in namespaces of its own (test/lab/machines), which no other lab shares: another directory and port. */
export async function startLab(directory) {
  const port = 2298;
  const lab = process.env.STACKHAND_LAB_DIR ?? '/var/tmp/stackhand-lab';
  const place = join(directory, 'lab');
  const env = { ...process.env, LAB_DIR: lab, HVL_DIR: place, HVL_PORT: String(port) };
  const machine = async (...command) => {
    const { code, output } = await run('bash', [join(root, 'test/lab/machines/hypervisor-local.sh'), ...command], {
      env,
      output: 'keep',
    });
    if (code !== 0) throw new Stop(`the lab's ${command[0]} failed:\n${output.trim().slice(-800)}`);
    return output;
  };
  await machine('up', '--no-start');
  return {
    port,
    key: join(place, 'id_ed25519'),
    images: join(place, 'images'),
    inside: (...argv) => machine('exec', ...argv),
    stop: () => machine('down'),
  };
}

/** The program as its users have it, on a Temporal server of its own: the CLI and workers are processes. */
export async function startSite(directory, lab) {
  const program = await ensureTemporal();
  const { startServer } = await import(join(root, 'dist/client/temporal/server.js'));
  const { end } = await import(join(root, 'dist/client/temporal/processes.js'));
  const { freePort } = await import(join(root, 'dist/client/temporal/ports.js'));
  const { spawnWorker } = await import(join(root, 'dist/client/dev/worker-process.js'));
  await mkdir(join(directory, 'site'));
  const at = (name) => join(directory, 'site', name);
  const known = await run('ssh-keyscan', ['-p', String(lab.port), '-t', 'ed25519', '127.0.0.1'], { output: 'keep' });
  await writeFile(at('known_hosts'), known.output.replaceAll(/^#.*\n/gm, ''));
  const host = {
    address: '127.0.0.1',
    port: lab.port,
    user: 'root',
    identityFile: lab.key,
    knownHosts: at('known_hosts'),
  };
  const repository = { type: 'none', source: '/srv/nfs/backup' };
  // YAML takes JSON.
  await writeFile(at('stackhand.yaml'), JSON.stringify({ hosts: { lab: host }, repositories: { disk: repository } }));
  const ports = { port: await freePort(0), uiPort: await freePort(0) };
  const server = await startServer({ program, dbFile: at('temporal.db'), logFile: at('server.log'), ...ports });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const { PATH, HOME } = process.env;
  const env = {
    ...{ PATH, HOME, TEMPORAL_ADDRESS: server.address, STACKHAND_CONFIG: at('stackhand.yaml') },
    ...{ XDG_DATA_HOME: at('data'), XDG_STATE_HOME: at('state') },
  };
  const workers = new Set();

  return {
    client,
    async startWorker() {
      const log = openSync(at('worker.log'), 'a');
      const worker = spawnWorker({ config: undefined, sites: [], env }, ['ignore', log, 'pipe']);
      workers.add(worker);
      let told = '';
      worker.stderr.setEncoding('utf8').on('data', (text) => (told += text));
      while (!told.includes('ready')) {
        if (worker.exitCode !== null) throw new Stop(`the worker ended: ${told}`);
        await pause(20);
      }
      return worker;
    },
    async killWorker(worker) {
      const ended = once(worker, 'exit');
      worker.kill('SIGKILL');
      await ended;
      workers.delete(worker);
    },
    /** Starts a backup and returns the id of its workflow. */
    async backUp(vm, ...options) {
      const args = ['vm', 'backup', vm, '--shutdown', ...options, '--detach', '--json'];
      const { code, output } = await run(process.execPath, [join(root, 'dist/client/main.js'), ...args, '--quiet'], {
        env,
        output: 'keep',
      });
      if (code !== 0) throw new Stop(`stackhand ${args.join(' ')} failed: ${output}`);
      return JSON.parse(output).workflowId;
    },
    async stop() {
      for (const worker of workers) await this.killWorker(worker);
      await connection.close();
      await end(server);
    },
  };
}

/** Most memory the process ever had resident, in bytes. */
export async function peakMemory({ pid }) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}

/**
 * The activities of a workflow in the order they were scheduled, with the seconds since the epoch at which each was
 * scheduled, at which its last try began, and at which it ended.
 */
export async function activities(client, workflowId) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const seconds = ({ eventTime }) => Number(eventTime.seconds) + eventTime.nanos / 1e9;
  const found = new Map();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const started = event.activityTaskStartedEventAttributes;
    const completed = event.activityTaskCompletedEventAttributes;
    if (scheduled) found.set(String(event.eventId), { type: scheduled.activityType.name, scheduled: seconds(event) });
    if (started)
      Object.assign(found.get(String(started.scheduledEventId)), { started: seconds(event), tries: started.attempt });
    if (completed) Object.assign(found.get(String(completed.scheduledEventId)), { ended: seconds(event) });
  }
  return [...found.values()];
}
