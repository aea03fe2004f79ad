import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * A `virsh` that keeps one domain's state in a file and logs its starts, and the requests to shut it down, which a
 * deaf guest ignores; `refusing` makes every command fail.
 */
export interface StandInVirsh {
  readonly env: Readonly<Record<string, string>>;
  set(state: string): void;
  state(): string;
  starts(): number;
  /** `shutdown` and `destroy`, in their order. */
  stops(): string[];
  deaf(deaf: boolean): void;
  refuse(refusing: boolean): void;
  /** Bash that a `qemu-img` beside it runs, which locks the VM's image meanwhile, as the real one does. */
  check(script: string): void;
}

export function standInVirsh(directory: string): StandInVirsh {
  mkdirSync(directory, { recursive: true });
  const file = (name: string): string => join(directory, name);
  const lines = (name: string): string[] =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : [];
  const mark = (name: string, set: boolean): void =>
    set ? writeFileSync(file(name), '') : rmSync(file(name), { force: true });
  writeFileSync(
    file('virsh'),
    `#!/bin/bash
cd '${directory}' || exit 1
[[ -e refuse ]] && echo 'error: failed to connect to the hypervisor' >&2 && exit 1
case "$3" in
  domstate*) cat state; echo ;;
  start) flock -n lock true || { echo 'error: Failed to get "write" lock' >&2; exit 1; }
    [[ $(cat state) == running ]] && echo 'error: Domain is already active' >&2 && exit 1
    echo "$*" >>starts; echo running >state; echo "Domain started" ;;
  shutdown) echo "$3" >>stops; [[ -e deaf ]] || echo 'shut off' >state ;;
  destroy) echo "$3" >>stops; echo 'shut off' >state ;;
esac
`,
  );
  chmodSync(file('virsh'), 0o755);
  writeFileSync(
    file('qemu-img'),
    `#!/bin/bash
cd '${directory}' && exec 5>>lock && flock -n 5 || { echo 'qemu-img: Failed to get "write" lock' >&2; exit 1; }
printf '%s\\n' "$*" >>checks
. ./check.sh
`,
  );
  chmodSync(file('qemu-img'), 0o755);
  writeFileSync(file('check.sh'), '');
  writeFileSync(file('lock'), '');
  writeFileSync(file('state'), 'running\n');
  return {
    env: { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` },
    set: (state) => writeFileSync(file('state'), `${state}\n`),
    state: () => readFileSync(file('state'), 'utf8').trim(),
    starts: () => lines('starts').length,
    stops: () => lines('stops'),
    deaf: (deaf) => mark('deaf', deaf),
    refuse: (refusing) => mark('refuse', refusing),
    check: (script) => writeFileSync(file('check.sh'), script),
  };
}
