import type { Host } from '../host/host.ts';
import type { HostPaths } from './paths.ts';
import { loadScript, type Script } from './script.ts';

/** Names a job: its directory on the host is `<run>/jobs/<operation>/<step>`. step: [a-z0-9.-]+ */
export interface JobRef {
  readonly operation: string;
  readonly step: string;
}

/** Bytes; `read`: the source has been read whole. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  readonly read?: boolean;
}

export interface JobOutcome {
  readonly state: 'done';
  readonly result: Readonly<Record<string, string>>;
}

export type JobStatus = 'absent' | 'running' | 'done' | 'failed' | 'lost';

export interface FollowOptions {
  readonly onProgress?: (progress: JobProgress) => void;
  readonly signal?: AbortSignal;
  readonly until?: 'read' | 'end';
}

/** The payload scripts/NAME.sh with lib.sh before it. */
export function loadPayload(name: string): Script {
  return loadScript(name, ['mounted', 'lib']);
}

export declare function startJob(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  payload: Script,
  env: Readonly<Record<string, string>>,
): Promise<'started' | 'attached'>;
