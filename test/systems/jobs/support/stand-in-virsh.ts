import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A `virsh` that keeps one domain's state in a file and logs its starts; `refusing` makes both commands fail. */
export interface StandInVirsh {
  readonly env: Readonly<Record<string, string>>;
  set(state: string): void;
  state(): string;
  starts(): number;
  refuse(refusing: boolean): void;
}

export function standInVirsh(directory: string): StandInVirsh {
  mkdirSync(directory, { recursive: true });
  const file = (name: string): string => join(directory, name);
  writeFileSync(
    file('virsh'),
    `#!/bin/bash
cd '${directory}' || exit 1
[[ -e refuse ]] && echo 'error: failed to connect to the hypervisor' >&2 && exit 1
case "$3" in
  domstate*) cat state; echo ;;
  start) [[ $(cat state) == running ]] && echo 'error: Domain is already active' >&2 && exit 1
    echo "$*" >>starts; echo running >state; echo "Domain started" ;;
esac
`,
  );
  chmodSync(file('virsh'), 0o755);
  writeFileSync(file('state'), 'running\n');
  return {
    env: { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` },
    set: (state) => writeFileSync(file('state'), `${state}\n`),
    state: () => readFileSync(file('state'), 'utf8').trim(),
    starts: () => (existsSync(file('starts')) ? readFileSync(file('starts'), 'utf8').trim().split('\n').length : 0),
    refuse: (refusing) => (refusing ? writeFileSync(file('refuse'), '') : rmSync(file('refuse'), { force: true })),
  };
}
