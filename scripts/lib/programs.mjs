import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.mjs';
import { Stop, say, seconds } from './say.mjs';

/** What the default tests run for real: program → Debian package. */
const needed = {
  bash: 'bash',
  tar: 'tar',
  gzip: 'gzip',
  zstd: 'zstd',
  flock: 'util-linux',
  findmnt: 'util-linux',
  setsid: 'util-linux',
  mount: 'mount',
  ps: 'procps',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
};

/** Installs what is missing where that needs no password, and says so; otherwise stops with the line to type. */
export async function ensurePrograms() {
  const missing = await missingPrograms();
  if (missing.length > 0) await install(missing);
  // Debian's sshd refuses to start without it, and only its service makes it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
}

async function missingPrograms() {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const missing = [];
  for (const program of Object.keys(needed)) {
    const found = await Promise.any(directories.map((path) => access(join(path, program), constants.X_OK))).then(
      () => true,
      () => false,
    );
    if (!found) missing.push(program);
  }
  return missing;
}

async function install(missing) {
  const packages = [...new Set(missing.map((program) => needed[program]))];
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const names = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, and tests run ${missing.length === 1 ? 'it' : 'them'} for real`;
  if ((await run('apt-get', ['--version'], { output: 'keep' })).code !== 0) {
    throw new Stop(names, `install the packages that have them (Debian's names: ${packages.join(' ')})`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && (await run('sudo', ['-n', 'true'], { output: 'keep' })).code !== 0) {
    throw new Stop(names, `sudo ${line}`);
  }
  const since = Date.now();
  say(`${names}: installing ${packages.join(', ')} as root (${[...sudo, line].join(' ')})`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const type = async (command) => {
    const [program, ...args] = [...sudo, ...command];
    return run(program, args, { output: 'keep', env });
  };
  await type(['apt-get', 'update', '-qq']);
  const { code, output } = await type(line.split(' '));
  if (code !== 0) throw new Stop(`apt-get failed (exit ${code}):\n${output.trimEnd()}`, [...sudo, line].join(' '));
  const still = await missingPrograms();
  if (still.length > 0) throw new Stop(`${still.join(', ')} still missing after ${line}`, 'install them by hand');
  say(`  installed in ${seconds(since)}`);
}
