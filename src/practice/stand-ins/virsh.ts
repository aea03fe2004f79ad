/**
 * The `virsh` of a practice site: the sub-commands that this program uses and a few that a person tries, over the
 * site's state on disk, with the output and the messages of libvirt 9 (test/practice holds it to captured ones).
 */
import { err, Failure, main, openSite, out, withFaults } from './stand-in.ts';
import { actions } from './virsh/act.ts';
import { parseArguments, type Arguments } from './virsh/arguments.ts';
import { splitBatch } from './virsh/batch.ts';
import type { Command } from './virsh/command.ts';
import { general } from './virsh/general.ts';
import { look } from './virsh/look.ts';
import { snapshots } from './virsh/snapshots.ts';
import { storage } from './virsh/storage.ts';

interface Global {
  connect: string;
  quiet: boolean;
  readonly: boolean;
  rest: string[];
}

function globalOptions(argv: readonly string[]): Global {
  const found: Global = { connect: 'qemu:///system', quiet: false, readonly: false, rest: [...argv] };
  const { rest } = found;
  while (rest[0]?.startsWith('-') === true) {
    const word = rest.shift() as string;
    if (word === '-q' || word === '--quiet') found.quiet = true;
    else if (word === '-r' || word === '--readonly') found.readonly = true;
    else if (word === '-c' || word === '--connect') found.connect = rest.shift() ?? '';
    else if (word.startsWith('--connect=')) found.connect = word.slice('--connect='.length);
    else if (word === '-v' || word === '--version') {
      out('9.0.0\n');
      process.exit(0);
    } else throw new Failure(`error: unsupported option '${word}'. See --help.`);
  }
  return found;
}

/** Parsing XML takes longer to load than everything else here, and only these need it. */
async function commandTable(names: readonly string[]): Promise<Record<string, Command>> {
  const late = names.some((name) => name === 'define' || name === 'undefine' || name === 'help');
  const definitions = late ? (await import('./virsh/define.ts')).definitions : {};
  const table: Record<string, Command> = { ...look, ...actions, ...snapshots, ...storage, ...definitions };
  return { ...table, ...general((name) => table[name]) };
}

interface Call {
  readonly name: string;
  readonly command: Command;
  readonly args: Arguments;
}

/** All of a batch is understood before any of it runs. */
async function understand(rest: readonly string[]): Promise<Call[]> {
  const lines = rest.length === 1 ? splitBatch(rest[0] as string) : [rest];
  const table = await commandTable(lines.map(([name = '']) => name));
  return lines.map(([name = '', ...argv]) => {
    const command = table[name];
    if (command === undefined) throw new Failure(`error: unknown command: '${name}'`);
    return { name, command, args: parseArguments(name, argv, command.shape) };
  });
}

await main(async () => {
  const { connect, quiet, readonly, rest } = globalOptions(process.argv.slice(2));
  if (rest.length === 0) throw new Failure('error: the practice virsh has no prompt: name a command');
  const calls = await understand(rest);
  const site = openSite();
  if (!['qemu:///system', 'qemu:///session', ''].includes(connect)) {
    const path = connect.replace('qemu://', '');
    throw new Failure(
      `error: failed to connect to the hypervisor\nerror: internal error: unexpected qemu URI path '${path}', try qemu:///system`,
    );
  }
  let exitCode = 0;
  for (const { name, command, args } of calls) {
    exitCode = 0;
    try {
      await withFaults(site, [`virsh ${name}`, 'virsh'], () =>
        command.run({ site, args, quiet, readonly, say: (text) => out(quiet ? '' : text) }),
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      err(`error: ${error.message.replace(/^error: /, '')}\n`);
      exitCode = error.exitCode;
    }
    if (!quiet) out('\n');
  }
  process.exit(exitCode);
});
