import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Stop, say } from './say.mjs';

/** What `npm run demo -- --real` has to know of a machine before it touches it. */
export async function thisMachine() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (key) => new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? '';
  return {
    system: value('PRETTY_NAME') || process.platform,
    likes: `${value('ID')} ${value('ID_LIKE')}`.trim().split(/\s+/),
    architecture: process.arch,
    root: process.getuid?.() === 0,
    terminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
}

/** Throws where a real hypervisor can't be brought up, with the line to type instead. */
export function mustCarry({ system, likes, architecture, root }, line) {
  const instead = 'npm run demo    # the same show on a practice site';
  if (!likes.some((name) => name === 'debian' || name === 'ubuntu'))
    throw new Stop(`--real installs packages of Debian or Ubuntu, and this is ${system}`, instead);
  if (architecture !== 'x64')
    throw new Stop(`--real has VMs for x86-64 only, and this machine is ${architecture}`, instead);
  if (!root)
    throw new Stop(
      '--real makes namespaces, mounts and virtual machines, which needs root',
      `sudo env "PATH=$PATH" ${line}`,
    );
}

/** What will happen to this machine, packages first. */
export function announcement(missing) {
  const services = ['openssh-server', 'libvirt-daemon-system'].filter((name) => missing.includes(name));
  return [
    'The demo on a real hypervisor: libvirtd, VMs in qemu and a share over sshfs, in namespaces of this machine.',
    `  installed  ${missing.length === 0 ? 'nothing: the packages it needs are there' : `with apt-get: ${missing.join(' ')}`}`,
    ...(services.length === 0
      ? []
      : [`             the system starts the services of ${services.join(' and ')}; the demo uses its own instead`]),
    `  kept       what its VMs are made of, in ${process.env.XDG_CACHE_HOME || '~/.cache'}/stackhand/lab (300 MB; the first time it downloads 27 MB)`,
    '  removed    everything else that it makes, when it ends',
  ];
}

/** Says it and asks. Throws unless the answer is yes. */
export async function agree(missing, { terminal, yes, line }) {
  for (const told of announcement(missing)) say(told);
  if (yes) return;
  if (!terminal) throw new Stop('this needs a yes, and there is no terminal to ask on', `${line} --yes`);
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  // A closed input is no answer, and must not be waited for.
  const ended = once(lines, 'close').then(() => 'no');
  const answer = await Promise.race([lines.question('Go on? [Y/n] '), ended]);
  lines.close();
  if (!/^(y|yes)?$/i.test(answer.trim())) throw new Stop('nothing was done');
}
