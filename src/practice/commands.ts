import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { ServerChannel, Session } from 'ssh2';
import { marker, type Scratch } from './scratch.ts';

/** The environment of a command: sshd's, with the stand-ins first in PATH. */
export function commandEnvironment(scratch: Scratch): Record<string, string> {
  const { username } = userInfo();
  const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    HOME: scratch.home,
    USER: username,
    LOGNAME: username,
    SHELL: '/bin/bash',
    PATH: [scratch.bin, system, process.env['PATH']].filter(Boolean).join(':'),
    [marker]: scratch.directory,
    // Where the program looks for systemd: there is none in here. Units of the machine would not find the stand-ins.
    STACKHAND_SYSTEMD_ROOT: scratch.directory,
  };
}

/** Runs a command line for a channel, with OpenSSH's manners about signals, exit codes and who outlives whom. */
export function runCommand(scratch: Scratch, command: string, channel: ServerChannel, session: Session): void {
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  const child = spawn(shell, ['-c', command], {
    cwd: scratch.home,
    env: commandEnvironment(scratch),
    // A session of its own: the site's end is not the command's.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.on('error', (error) => {
    channel.stderr.write(`${error.message}\n`);
    channel.exit(127);
    channel.end();
  });
  for (const stream of [child.stdin, child.stdout, child.stderr, channel]) stream.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  session.on('signal', (accept, _reject, { name }) => {
    accept?.();
    if (child.pid !== undefined && child.exitCode === null) kill(child.pid, `SIG${name}`);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) channel.exit(code ?? 0);
    else channel.exit(signal.replace('SIG', ''), false, '');
  });
  // "close" comes when the last one who has the output lets go of it, as sshd keeps the channel until then.
  child.once('close', () => channel.end());
  // The client is gone: the command finds its pipes closed, nothing more.
  channel.once('close', () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  });
}

function kill(pid: number, signal: string): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has just ended, or the client asked for a signal that Linux doesn't have.
  }
}
