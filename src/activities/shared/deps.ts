import type { HostTarget } from '../../contracts/targets.ts';
import type { Report } from '../../contracts/operation.ts';
import type { Config } from '../../config/schema.ts';
import type { Host } from '../../systems/host/host.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import type { CloudPool } from '../servers/cloud-pool.ts';
import type { Records } from '../../systems/records/records.ts';

/** What a worker gives its activities. */
export interface Deps {
  readonly config: Config;
  /** One open Host per target. */
  readonly host: (target: HostTarget) => Host;
  readonly clouds: CloudPool;
  readonly records: Records;
  readonly env: NodeJS.ProcessEnv;
  /** Of the Temporal that this worker serves. */
  readonly temporalAddress: string | undefined;
  readonly homeDirectory: string;
  /** Told of an operation, by its workflow type, when its report is first kept: once, or never where a worker dies then. */
  readonly reported: (kind: string, report: Report) => void;
}

export const pathsOf = (target: HostTarget): HostPaths => ({ run: target.runDirectory, state: target.stateDirectory });
