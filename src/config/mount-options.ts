/**
 * Mount options where the config says none, so that a server that is gone ends in an error and not in processes that
 * hang for ever; docs/configuration.md says why these numbers. Options that are given replace the default they
 * contradict and keep the others.
 */
const nothingRuns = 'nosuid,nodev,noexec';
const nfs = `soft,timeo=600,retrans=2,retry=0,${nothingRuns}`;
const defaults: Readonly<Record<string, string>> = {
  nfs,
  nfs4: nfs,
  cifs: nothingRuns,
  'fuse.sshfs': `reconnect,BatchMode=yes,ConnectTimeout=30,ServerAliveInterval=15,ServerAliveCountMax=4,${nothingRuns}`,
};

export function mountOptions(type: string, given = ''): string {
  const wanted = split(given);
  const decided = new Set(wanted.map(subject));
  return [...split(defaults[type] ?? '').filter((option) => !decided.has(subject(option))), ...wanted].join(',');
}

/** True where an option has a password in it. Options travel through Temporal and stand in the process list. */
export function holdsPassword(options: string): boolean {
  return split(options).some((option) =>
    /^(?:pass\w*|\w*passwd|pw\d?|\w*secret|\w*token)=|^user(?:name)?=[^%]*%/i.test(option),
  );
}

const split = (options: string): string[] => options.split(',').filter((option) => option !== '');

/** What an option decides: soft, softerr and hard the same thing, noexec and exec too, timeo=5 and timeo=600 too. */
function subject(option: string): string {
  const name = option.split('=', 1)[0] ?? '';
  if (['soft', 'softerr', 'hard'].includes(name)) return 'soft';
  return name.replace(/^no(?=suid$|dev$|exec$)/, '');
}
