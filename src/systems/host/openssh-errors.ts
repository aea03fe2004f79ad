import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { describe } from './conclude.ts';

/**
 * The other side hung up before it said anything: mostly a ProxyJump or ProxyCommand that failed, whose own words
 * come before.
 */
export const hungUp = /kex_exchange_identification|UNKNOWN port 65535/;

/** What ssh(1) meant when it could not log in; `stderr` is its own and nothing else's. */
export function opensshFault(target: HostTarget, stderr: string): Fault {
  const name = hungUp.test(stderr) ? `a jump host on the way to ${describe(target)}` : describe(target);
  const details = { where: target.name };
  const fingerprint = /SHA256:[A-Za-z0-9+/]+/.exec(stderr)?.[0];
  const presented = fingerprint === undefined ? '' : `: it presents ${fingerprint}`;
  if (/REVOKED HOST KEY/i.test(stderr)) {
    return new Fault('HostKeyChanged', `${name} presents a host key that known_hosts marks as revoked`, details);
  }
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return new Fault('HostKeyChanged', `the host key of ${name} is not the one in known_hosts${presented}`, details);
  }
  const reason = lastLine(stderr);
  if (/Host key verification failed|host key is known for/.test(stderr)) {
    return new Fault('HostKeyUnknown', `the host key of ${name} is not in known_hosts${presented}`, details);
  }
  if (/Permission denied \(|Too many authentication failures|No more authentication methods/i.test(stderr)) {
    return new Fault('AuthenticationRefused', `${name} refused the login: ${reason}`, { ...details, output: stderr });
  }
  return new Fault('HostUnreachable', `no connection to ${describe(target)}: ${reason}`, details);
}

/** The last line sums up, but not where it only says that somebody hung up. */
function lastLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => !hungUp.test(line));
  return telling.at(-1) ?? lines.at(-1) ?? 'ssh said nothing';
}
