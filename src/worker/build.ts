import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import proto from '@temporalio/proto';

/** Which build a worker is, where Temporal is to pin operations to the build that they began with. */
export interface Deployment {
  readonly deployment: string;
  readonly buildId: string;
}

/** What a build is and who is of it, as Temporal knows it. */
export class Build {
  readonly #connection: NativeConnection;
  readonly #namespace: string;
  readonly #deployment: string;
  readonly buildId: string;

  constructor(connection: NativeConnection, namespace: string, { deployment, buildId }: Deployment) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#deployment = deployment;
    this.buildId = buildId;
  }

  get name(): string {
    return `build ${this.buildId} of ${this.#deployment}`;
  }

  /** For its workers. Workflows that move on to the next build say so themselves (workflows/shared/moves-on.ts). */
  get options(): Pick<WorkerOptions, 'workerDeploymentOptions'> {
    return {
      workerDeploymentOptions: {
        version: { deploymentName: this.#deployment, buildId: this.buildId },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'PINNED',
      },
    };
  }

  /** The build that operations begin with; undefined where those are workers without one. */
  async current(): Promise<string | undefined> {
    const { workerDeploymentInfo } = await this.#connection.workflowService.describeWorkerDeployment({
      namespace: this.#namespace,
      deploymentName: this.#deployment,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
  }

  /** Operations begin with it from now on. Temporal refuses where a queue of the current one would lack workers. */
  async makeCurrent(): Promise<void> {
    await this.#connection.workflowService.setWorkerDeploymentCurrentVersion({
      namespace: this.#namespace,
      deploymentName: this.#deployment,
      buildId: this.buildId,
    });
  }

  /** What has not ended and goes on with no other build; the first hundred. */
  async pinned(): Promise<{ readonly workflowId: string; readonly type: string }[]> {
    const { executions } = await this.#connection.workflowService.listWorkflowExecutions({
      namespace: this.#namespace,
      query: [
        `TemporalWorkerDeploymentVersion = '${this.#deployment}:${this.buildId}'`,
        `TemporalWorkflowVersioningBehavior = 'Pinned'`,
        `ExecutionStatus = 'Running'`,
      ].join(' AND '),
      pageSize: 100,
    });
    return (executions ?? []).map(({ execution, type }) => ({
      workflowId: execution?.workflowId ?? '',
      type: type?.name ?? '',
    }));
  }

  /** Workers of this build that stay, and have asked for work of the queue since then (milliseconds since the epoch). */
  async others(queue: string, self: string, since: number): Promise<string[]> {
    const { pollers } = await this.#connection.workflowService.describeTaskQueue({
      namespace: this.#namespace,
      taskQueue: { name: queue },
      taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    });
    const going = await this.#going();
    return (pollers ?? []).flatMap(({ identity, lastAccessTime, deploymentOptions }) => {
      const same = deploymentOptions?.deploymentName === this.#deployment && deploymentOptions.buildId === this.buildId;
      const asked = Number(lastAccessTime?.seconds ?? 0) * 1000;
      return same && identity != null && identity !== self && !going.has(identity) && asked >= since ? [identity] : [];
    });
  }

  /** Says to the others of this build that a worker is about to go. */
  async announce(identity: string): Promise<void> {
    await this.#change({ upsertEntries: { [goingKey(identity)]: { metadata: {}, data: new Uint8Array() } } });
  }

  async retract(identity: string): Promise<void> {
    await this.#change({ removeEntries: [goingKey(identity)] });
  }

  async #going(): Promise<Set<string>> {
    const { workerDeploymentVersionInfo } = await this.#connection.workflowService.describeWorkerDeploymentVersion({
      namespace: this.#namespace,
      deploymentVersion: { deploymentName: this.#deployment, buildId: this.buildId },
    });
    const keys = Object.keys(workerDeploymentVersionInfo?.metadata?.entries ?? {});
    return new Set(keys.filter((key) => key.startsWith(goingKey(''))).map((key) => key.slice(goingKey('').length)));
  }

  async #change(
    change: Partial<Parameters<NativeConnection['workflowService']['updateWorkerDeploymentVersionMetadata']>[0]>,
  ): Promise<void> {
    await this.#connection.workflowService.updateWorkerDeploymentVersionMetadata({
      namespace: this.#namespace,
      deploymentVersion: { deploymentName: this.#deployment, buildId: this.buildId },
      ...change,
    });
  }
}

/** In the version's metadata, which all of its workers see. */
const goingKey = (identity: string): string => `stackhand-going:${identity}`;
