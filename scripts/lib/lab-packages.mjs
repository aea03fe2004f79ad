import { existsSync } from 'node:fs';

/** What the lab's hypervisors are made of: Debian package, and a file that tells that it is there. */
const local = [
  ['qemu-system-x86', '/usr/bin/qemu-system-x86_64'],
  ['qemu-utils', '/usr/bin/qemu-img'],
  ['libvirt-daemon-system', '/usr/sbin/libvirtd'],
  ['libvirt-clients', '/usr/bin/virsh'],
  ['openssh-server', '/usr/sbin/sshd'],
  ['openssh-client', '/usr/bin/ssh'],
  ['sshfs', '/usr/bin/sshfs'],
  ['zstd', '/usr/bin/zstd'],
  ['cpio', '/usr/bin/cpio'],
  ['e2fsprogs', '/usr/sbin/debugfs'],
  ['procps', '/usr/bin/pgrep'],
  ['python3', '/usr/bin/python3'],
];
const guest = [
  ['pigz', '/usr/bin/pigz'],
  ['debootstrap', '/usr/sbin/debootstrap'],
];

/** The name of the browser's package, where it is missing. */
export const missingForBrowser = (there = existsSync) => missing([['chromium', '/usr/bin/chromium']], there);

/** The names of the shells that are missing, beside bash. */
export const missingShells = (there = existsSync) =>
  missing(
    [
      ['zsh', '/usr/bin/zsh'],
      ['fish', '/usr/bin/fish'],
    ],
    there,
  );

/** The names of those that are missing for libvirt in namespaces of this machine. */
export const missingForLocal = (there = existsSync) => missing(local, there);

/** The names of those that are missing for all of the lab. */
export const missingForLab = (there = existsSync) => missing([...local, ...guest], there);

const missing = (packages, there) => packages.filter(([, file]) => !there(file)).map(([name]) => name);
