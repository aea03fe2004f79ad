/**
 * The show of `stackhand demo` and `npm run demo`: a Temporal server with its Web UI, a worker and a host; a backup
 * whose worker is killed in the middle of the archive. Everything it starts is its own and ends with it.
 *
 *   node dist/practice/demo.js [--real] [--once] [--directory DIR]
 *
 * The host is the practice site, with --real a libvirt in namespaces of this machine (scripts/demo.mjs sees to what it
 * needs). Stays up until Ctrl-C; with --once it ends by itself. Exit code 0 when everything that was promised held.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { command, detail, plain, tell } from './demo/narrator.ts';
import { takeDirectory } from './demo/only-one.ts';
import { practice } from './demo/practice-stage.ts';
import { needPrograms } from './demo/programs.ts';
import { real } from './demo/real-stage.ts';
import { show } from './demo/show.ts';
import type { Stage, StageKind } from './demo/stage.ts';
import { Stackhand } from './demo/stackhand.ts';

const values = options();

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
// Whoever watched is gone: what was started must still be ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interrupt.abort());

function options(): { real: boolean; once: boolean; directory?: string } {
  try {
    return parseArgs({
      options: {
        real: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        directory: { type: 'string' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

/** What an earlier demo left that was killed, and in the end what this one started. */
async function clearAway(kind: StageKind, directory: string): Promise<void> {
  try {
    if (existsSync(join(directory, 'demo')))
      await new Stackhand(directory, join(directory, 'stackhand.yaml')).ask('dev', '--stop');
  } finally {
    await kind.clear(directory);
  }
}

async function main(): Promise<boolean> {
  const kind = values.real ? real : practice;
  if (kind === practice) needPrograms();
  const directory = resolve(values.directory ?? kind.defaultDirectory);
  const letGo = takeDirectory(directory);
  await clearAway(kind, directory);
  try {
    const stage = await kind.open(directory, interrupt.signal);
    const stackhand = new Stackhand(stage.directory, stage.config, interrupt.signal);
    tell('A Temporal server with its Web UI, and a worker.');
    command('stackhand', 'dev', '--detach');
    if ((await stackhand.startDev()) !== 0) return false;
    const held = await show(stackhand, stage, interrupt.signal);
    if (!values.once) await stayUp(stackhand, stage);
    return held;
  } finally {
    plain('');
    detail(`Ending everything that was started, and removing ${directory} …`);
    await clearAway(kind, directory);
    letGo();
  }
}

async function stayUp(stackhand: Stackhand, stage: Stage): Promise<void> {
  const wrapper = stackhand.writeWrapper(join(stage.directory, 'demo'));
  const { webUi = 'not there' } = await stackhand.status();
  const commands = [
    `alias stackhand=${wrapper}`,
    'stackhand operation list',
    `stackhand vm backups --host ${stage.host}`,
    ...stage.commands,
    'stackhand doctor',
  ];
  const rows = { 'Web UI': webUi, 'the commands': commands.join(`\n${' '.repeat(20)}`), ...stage.ways };
  tell('Have a look yourself:');
  plain('');
  for (const [what, how] of Object.entries(rows)) plain(`  ${what.padEnd(17)} ${how}`);
  plain(`\n  Ctrl-C ends everything and removes ${stage.directory}`);
  await new Promise<void>((resolve) => {
    if (interrupt.signal.aborted) resolve();
    interrupt.signal.addEventListener('abort', () => resolve());
    // A signal that is only listened for keeps no process alive.
    setInterval(() => {}, 60_000).ref();
  });
}

const held = await main().catch((error: unknown) => {
  if (!interrupt.signal.aborted) process.stderr.write(`demo: ${(error as Error).message}\n`);
  return false;
});
process.exit(held ? 0 : 1);
