import { Fault } from '../../contracts/faults.ts';

/**
 * Where this program keeps what it must not forget, on the host itself. `run` goes with a reboot (/run/stackhand),
 * `state` survives it (/var/lib/stackhand).
 */
export interface HostPaths {
  readonly run: string;
  readonly state: string;
}

/**
 * Joins one of the two directories with names that this program chose. These paths stand in systemd units and are
 * searched for in /proc, so anything but plain characters is refused rather than escaped in each of those languages.
 */
export function below(directory: string, ...names: readonly string[]): string {
  if (!/^(\/[\w.+@-]+)+$/.test(directory) || /\/\.\.?(\/|$)/.test(directory)) {
    throw new Fault(
      'ConfigInvalid',
      `the directory ${JSON.stringify(directory)} can't be used on a host: it has to be absolute, of letters, digits and .+@_-`,
    );
  }
  const bad = names.find((name) => !/^[A-Za-z0-9][\w.-]{0,99}$/.test(name));
  if (bad !== undefined) throw new Fault('InvalidInput', `${JSON.stringify(bad)} can't be a name of a file on a host`);
  return [directory, ...names].join('/');
}
