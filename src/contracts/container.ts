/** A container as podman or docker inspects it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  /** The image as it was named, and its id. */
  readonly image: string;
  readonly imageId: string;
  /** running, exited, restarting, paused, created, dead, … */
  readonly state: string;
  readonly exitCode: number;
  /** The runtime's own: healthy, unhealthy, starting; undefined where it has no health check. */
  readonly health?: string;
  /** What its last health check said, capped. */
  readonly healthOutput?: string;
  readonly restarts: number;
  readonly oomKilled: boolean;
  /** Epoch milliseconds. */
  readonly startedAt?: number;
}

export interface Containers {
  readonly runtime: 'podman' | 'docker';
  readonly containers: readonly Container[];
}
