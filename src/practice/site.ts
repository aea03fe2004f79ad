/**
 * The practice site: a place to try this program without a hypervisor. Real SSH on loopback, real commands, real
 * archives and checksums over one directory; only virsh and the mounts are stand-ins. A process of its own: it imports
 * nothing of the program, and the program knows nothing of it.
 *
 *   node dist/practice/site.js [--directory DIR] [--port N] [--control-port N] [--small]
 *   node dist/practice/site.js --clean [--directory DIR]
 *
 * One line of JSON on stdout says that it is ready and where; it ends on SIGTERM or SIGINT. What it left on disk goes
 * on where it stopped at the next start, after SIGKILL too. --small makes the disks of a new site a sixteenth as big.
 * --clean ends whatever still runs and removes everything.
 */
import { parseArgs } from 'node:util';
import { clean } from './clean.ts';
import { siteConfig, writeConfig } from './config-file.ts';
import { startControl } from './control.ts';
import { bootId, defaultDirectory, prepareDirectory, readNote, runningSite, writeNote } from './directory.ts';
import { firstState } from './domains.ts';
import { runGuests } from './guests.ts';
import { keysOf, writeKnownHosts } from './keys.ts';
import { writeShims } from './shims.ts';
import { SiteControl } from './site-control.ts';
import { startSshServer } from './ssh-server.ts';
import { SiteState } from './state.ts';

interface Options {
  readonly directory: string;
  readonly port: number | undefined;
  readonly controlPort: number | undefined;
  readonly small: boolean;
}

async function start(options: Options): Promise<() => Promise<void>> {
  const scratch = prepareDirectory(options.directory);
  const other = runningSite(scratch);
  if (other !== undefined) throw new Error(`a practice site runs in ${scratch.directory} already (process ${other})`);
  const before = readNote(scratch);
  const keys = keysOf(scratch);
  const state = new SiteState(scratch);
  state.create(() => firstState(scratch, options.small));
  writeShims(scratch);

  const ssh = await onPort(options.port, before?.port, (port) => startSshServer(scratch, keys, port));
  const site = new SiteControl(scratch, state, ssh);
  const control = await onPort(options.controlPort, before?.controlPort, (port) => startControl(site, port));
  writeKnownHosts(scratch, ssh.port);
  const config = siteConfig(scratch, ssh.port, keys.identityFile);
  writeConfig(scratch, config);
  writeNote(scratch, { pid: process.pid, bootId: bootId(), port: ssh.port, controlPort: control.port });
  // This machine was rebooted under it: its guests are off and its jobs gone, as on a real host.
  if (before !== undefined && before.bootId !== bootId()) await site.powerCut({});
  await site.applyFaults();
  const stopGuests = runGuests(scratch, state);

  const { address: host, port, user, identityFile, knownHosts, runDirectory, stateDirectory } = config.host;
  const ready = {
    practice: true,
    directory: scratch.directory,
    config: scratch.config,
    ssh: { host, port, user, identityFile, knownHosts },
    control: `http://127.0.0.1:${control.port}`,
    repository: config.repository,
    runDirectory,
    stateDirectory,
  };
  process.stderr.write(banner(scratch.directory));
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  return async () => {
    stopGuests();
    control.close();
    await ssh.close();
  };
}

/** On the port that was asked for, else on the one it had before, else on a free one. */
async function onPort<T>(wanted: number | undefined, last: number | undefined, open: (port: number) => Promise<T>) {
  try {
    return await open(wanted ?? last ?? 0);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!taken || wanted !== undefined) throw error;
    return open(0);
  }
}

function banner(directory: string): string {
  const lines = [
    'PRACTICE SITE. Nothing here is real: no VM, no hypervisor, no file server.',
    'SSH, tar, zstd and checksums are the real programs; virsh and mount are stand-ins.',
    `Everything lies in ${directory}`,
  ];
  const rule = '='.repeat(Math.max(...lines.map(({ length }) => length)) + 4);
  return [rule, ...lines.map((line) => `  ${line}`), rule, ''].join('\n');
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is no port`);
  return port;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string', default: defaultDirectory() },
      port: { type: 'string' },
      'control-port': { type: 'string' },
      small: { type: 'boolean', default: false },
      clean: { type: 'boolean', default: false },
    },
  });
  const { directory } = values;
  if (values.clean) {
    await clean(directory);
    return;
  }
  const [port, controlPort] = [portOf(values.port), portOf(values['control-port'])];
  const stop = await start({ directory, port, controlPort, small: values.small });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`practice site: ${(error as Error).message}\n`);
  process.exit(1);
});
