import SSHConfig, { glob } from 'ssh-config';

/** Names that the `Host` lines of an ssh_config spell out, without patterns: what a person may have meant. */
export function sshAliases(text: string): string[] {
  return [...new Set(hostLines(text).flat())].filter((pattern) => !/[*?!]/.test(pattern));
}

/** True where a `Host` line is about this name: it spells it out, or has a pattern for it other than `*`. */
export function isSshAlias(name: string, text: string): boolean {
  const wanted = name.toLowerCase();
  return hostLines(text).some((patterns) =>
    glob(
      patterns.filter((pattern) => pattern !== '*').map((pattern) => pattern.toLowerCase()),
      wanted,
    ),
  );
}

function hostLines(text: string): string[][] {
  return SSHConfig.parse(text).flatMap((line) => {
    if (!('param' in line) || line.param.toLowerCase() !== 'host') return [];
    return [typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val)];
  });
}
