import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { localEndings } from '../exit-codes.ts';
import { collect } from '../input.ts';

interface Options {
  readonly detach?: boolean;
  readonly stop?: boolean;
  readonly status?: boolean;
  readonly site?: string[];
}

export function dev(parent: Command, cli: Cli): void {
  define(
    parent,
    'dev',
    'Run a Temporal server with its Web UI and a worker, for this machine, until Ctrl-C. Fetches the Temporal program the first time. Operations that were open go on when it is started again.',
    {
      endings: localEndings,
      instead: { failed: 'failed; with --status: it does not run' },
      examples: [
        ['in the foreground, with what it logs', 'stackhand dev'],
        ['in the background', 'stackhand dev --detach'],
        ['is it up, and where is its Web UI?', 'stackhand dev --status'],
      ],
    },
  )
    .option('--detach', 'run in the background; returns when it is ready')
    .option('--stop', 'end the one that runs')
    .option('--status', 'say whether it runs, where, and what is open')
    .option('--site <name>', 'the worker also serves this site; may be repeated', collect)
    .action(async ({ detach, stop, status, site }: Options) => {
      if ([detach, stop, status].filter((said) => said === true).length > 1)
        throw new Fault('InvalidInput', 'say one of --detach, --stop and --status');
      if (stop === true) return end(cli);
      if (status !== true) {
        const begun = await begin(cli, site ?? [], detach === true);
        if (!begun) return;
      }
      const { devStatus, statusLines } = await import('../dev/status.ts');
      const now = await devStatus();
      cli.out.answer(now, () => statusLines(now));
      if (!now.running) cli.end('failed');
    });
}

/** True when it runs in the background now; the foreground one has ended when this returns. */
async function begin(cli: Cli, sites: readonly string[], detach: boolean): Promise<boolean> {
  await cli.checkConfig();
  const { config } = cli.out.settings;
  const story = (line: string): void => cli.out.story(line);
  if (detach) {
    const { supervisor } = await import('../dev/supervisor-state.ts');
    if ((await supervisor())?.ready === true) story('it runs already');
    else await (await import('../dev/detach.ts')).detachDev({ config, sites, story });
    return true;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  const { supervise } = await import('../dev/supervise.ts');
  await supervise({
    ...{ config, sites, story },
    signal: interrupt.signal,
    ready: ({ address, uiAddress }) => {
      story(`ready: Temporal at ${address}, Web UI at ${uiAddress}`);
      if (cli.out.streams.stderr.isTTY === true) story('Ctrl-C ends both; operations go on when it is started again');
    },
  });
  return false;
}

async function end(cli: Cli): Promise<void> {
  const [{ supervisor }, { devStatus }, { end: endProcess }, { stopDev }] = await Promise.all([
    import('../dev/supervisor-state.ts'),
    import('../dev/status.ts'),
    import('../temporal/processes.ts'),
    import('../temporal/dev.ts'),
  ]);
  const { open } = await devStatus().catch(() => ({ open: 0 }));
  const keeper = await supervisor();
  // Its worker may take half a minute to let go.
  if (keeper !== undefined) await endProcess(keeper, 45_000);
  const stopped = (await stopDev()) || keeper !== undefined;
  if (open > 0)
    cli.out.warn(
      `${String(open)} ${open === 1 ? 'operation is' : 'operations are'} open and will go on with the next stackhand dev; a VM that is shut down is started by its host when the guard's time is over`,
    );
  cli.out.answer({ stopped, open }, () => [stopped ? 'stopped' : 'it did not run']);
}
