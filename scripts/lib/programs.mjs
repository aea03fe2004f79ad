import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from './packages.mjs';
import { Stop } from './say.mjs';

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
  'qemu-img': 'qemu-utils',
  openssl: 'openssl',
};

/** Installs what is missing where that needs no password, and says so; otherwise stops with the line to type. */
export async function ensurePrograms(wanted = Object.keys(needed), who = 'the tests run') {
  const missing = await missingPrograms(wanted);
  if (missing.length > 0) {
    const names = missing.join(', ');
    await ensurePackages(
      [...new Set(missing.map((program) => needed[program]))],
      `${names} missing, which ${who} for real`,
    );
    const still = await missingPrograms(wanted);
    if (still.length > 0) throw new Stop(`${still.join(', ')} still missing`, 'put them on PATH');
  }
  // Debian's sshd refuses to start without it, and only its service makes it.
  if (wanted.includes('sshd') && process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
}

async function missingPrograms(wanted) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const missing = [];
  for (const program of wanted) {
    const found = await Promise.any(directories.map((path) => access(join(path, program), constants.X_OK))).then(
      () => true,
      () => false,
    );
    if (!found) missing.push(program);
  }
  return missing;
}
