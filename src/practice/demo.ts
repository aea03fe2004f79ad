/**
 * The show of `npm run demo`: a Temporal server with its Web UI, a worker and a practice site; a backup whose worker
 * is killed in the middle of the archive. Everything it starts is its own and ends with it.
 *
 *   node dist/practice/demo.js [--once] [--directory DIR]
 *
 * Stays up until Ctrl-C; with --once it ends by itself. Exit code 0 when everything that was promised held.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command, detail, plain, tell } from './demo/narrator.ts';
import { takeDirectory } from './demo/only-one.ts';
import { show } from './demo/show.ts';
import { cleanSite, SiteProcess } from './demo/site-process.ts';
import { Stackhand } from './demo/stackhand.ts';
import { defaultDirectory } from './directory.ts';

const values = options();

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

function options(): { once: boolean; directory: string } {
  try {
    return parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        directory: { type: 'string', default: `${defaultDirectory()}-demo` },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

/** What an earlier demo left that was killed, and in the end what this one started. */
async function clearAway(directory: string): Promise<void> {
  if (existsSync(join(directory, 'demo'))) {
    await new Stackhand(directory, join(directory, 'stackhand.yaml')).ask('dev', '--stop');
  }
  await cleanSite(directory);
}

async function main(): Promise<boolean> {
  const { directory, once } = values;
  const letGo = takeDirectory(directory);
  await clearAway(directory);
  const site = await SiteProcess.start(directory);
  const stackhand = new Stackhand(site.ready.directory, site.ready.config, interrupt.signal);
  try {
    tell('A Temporal server with its Web UI, and a worker.');
    command('stackhand', 'dev', '--detach');
    if ((await stackhand.startDev()) !== 0) return false;
    const held = await show(stackhand, site, interrupt.signal);
    if (!once) await stayUp(stackhand, site);
    return held;
  } finally {
    plain('');
    detail('Ending the server, the worker and the practice site …');
    await clearAway(directory);
    letGo();
  }
}

async function stayUp(stackhand: Stackhand, site: SiteProcess): Promise<void> {
  const wrapper = stackhand.writeWrapper(join(site.ready.directory, 'demo'));
  const { webUi = 'not there' } = await stackhand.status();
  const { port, user, identityFile, knownHosts } = site.ready.ssh;
  tell('Have a look yourself:');
  plain(`
  Web UI            ${webUi}
  the commands      alias stackhand=${wrapper}
                    stackhand operation list
                    stackhand vm backups --host practice
                    stackhand vm backup db01 --host practice --shutdown
                    stackhand vm backup deaf01 --host practice --shutdown --shutdown-timeout 20s
                    stackhand vm restore web01 --host practice --name web02 --directory ${site.ready.directory}/images --boot
                    stackhand doctor
  the practice host ssh -p ${port} -i ${identityFile} -o UserKnownHostsFile=${knownHosts} ${user}@127.0.0.1 virsh list --all
  make it fail      curl ${site.ready.control}/

  Ctrl-C ends everything and removes ${site.ready.directory}`);
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
