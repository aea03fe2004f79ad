/** `npm run demo`: sets up what is missing, then shows the main job. What can be asked of it is in the help below. */
import { parseArgs } from 'node:util';
import { missingForLocal } from './lib/lab-packages.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { ensurePrograms } from './lib/programs.mjs';
import { agree, mustCarry, thisMachine } from './lib/real-demo.mjs';
import { root, run } from './lib/run.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { ensureTemporal } from './lib/temporal.mjs';
import { setup } from './setup.mjs';

const help = `npm run demo -- [options]

A backup that survives its worker: the worker and what would start another are killed with SIGKILL in the middle of the
archive, a new one finds it under way. Starts all that it needs, stays up for a look around until Ctrl-C, then ends and
removes what it started.

  (without options)  on a practice site: real SSH, archives and checksums; virsh and the mount are stand-ins
  --real             on a real libvirtd with a real VM and a share over sshfs, in namespaces of this machine.
                     Debian or Ubuntu, as root. Says which packages it installs, and asks
  --yes              with --real: don't ask
  --once             end after the show
  --directory DIR    where all of it lies (default: below /var/tmp); removed in the end
  --help             this

Exit codes: 0 when everything that was promised held, 1 when it didn't or couldn't be shown, 2 for a wrong option.
`;

await main(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return 2;
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  // Before the setup: who is refused should not have waited for it.
  if (options.real) await prepareReal(options);
  await setup();
  if (!options.real) {
    const { programs } = await import(`${root}/dist/practice/demo/programs.js`);
    await ensurePrograms(Object.keys(programs), 'the practice host runs');
  }
  await ensureTemporal();
  const { code } = await run(process.execPath, [`${root}/dist/practice/demo.js`, ...words(options)]);
  return code;
});

function readOptions(args) {
  try {
    const flag = { type: 'boolean', default: false };
    const directory = { type: 'string' };
    return parseArgs({ args, options: { real: flag, yes: flag, once: flag, help: flag, directory } }).values;
  } catch (error) {
    say(`demo: ${error.message}\n  → npm run demo -- --help`);
    return undefined;
  }
}

async function prepareReal(options) {
  const line = `npm run demo -- ${words(options).join(' ')}`;
  const machine = await thisMachine();
  mustCarry(machine, line);
  await agree(missingForLocal(), { terminal: machine.terminal, yes: options.yes, line });
  await ensurePackages(missingForLocal(), 'the hypervisor is made of them');
  const still = missingForLocal();
  if (still.length > 0) throw new Stop(`apt-get installed ${still.join(', ')}, but not where they are looked for`);
}

/** What was asked for, as this script and the show take it. */
function words({ real, once, directory }) {
  return [real && '--real', once && '--once', ...(directory === undefined ? [] : ['--directory', directory])].filter(
    Boolean,
  );
}
