import { hostname, userInfo } from 'node:os';

/** user@machine; behind sudo the person, not root. */
export function whoAsks(env: NodeJS.ProcessEnv = process.env): string {
  return `${env['SUDO_USER'] || userName()}@${hostname()}`;
}

/** A container may run under a uid that no user has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
