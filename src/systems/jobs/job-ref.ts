import { below, type HostPaths } from './paths.ts';

/** Names a job: its directory on the host is `<run>/jobs/<operation>/<step>`, mode 0700. */
export interface JobRef {
  readonly operation: string;
  /** [a-z0-9.-]+; another try of the same work is another step ("archive-vda.2"). */
  readonly step: string;
}

export function jobDirectory(paths: HostPaths, ref: JobRef): string {
  return below(paths.run, 'jobs', ...namesOf(ref));
}

export function namesOf(ref: JobRef): [operation: string, step: string] {
  return [checkedName(ref.operation), checkedName(ref.step)];
}

export function checkedName(name: string): string {
  below('/x', name);
  return name;
}
