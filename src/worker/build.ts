import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { activityPollers } from './activity-pollers.ts';

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

  /** Workers of this build that serve a queue, by identity. */
  async serving(queue: string): Promise<Set<string>> {
    const pollers = await activityPollers(this.#connection, this.#namespace, queue);
    const same = pollers.filter(
      ({ deploymentOptions: of }) => of?.deploymentName === this.#deployment && of.buildId === this.buildId,
    );
    return new Set(same.map(({ identity }) => identity ?? ''));
  }

  /** Workers of this build that are not about to go: when each was last seen, by Temporal's clock, by identity. */
  async present(): Promise<Map<string, number>> {
    const pollers = await activityPollers(this.#connection, this.#namespace, this.#presenceQueue);
    return new Map(
      pollers.map(({ identity, lastAccessTime: at }) => [
        identity ?? '',
        Number(at?.seconds ?? 0) * 1000 + (at?.nanos ?? 0) / 1_000_000,
      ]),
    );
  }

  /** Shows the others of this build that this worker stays, until `end` has resolved. Nobody ever asks anything of it. */
  async bePresent(): Promise<{ end(): Promise<void> }> {
    const worker = await Worker.create({
      connection: this.#connection,
      namespace: this.#namespace,
      taskQueue: this.#presenceQueue,
      activities: { present: () => Promise.resolve() },
    });
    const ended = worker.run().catch(() => undefined);
    return {
      end: () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        return ended;
      },
    };
  }

  /** Of no deployment: it says who is there, and routes nothing. */
  get #presenceQueue(): string {
    return `stackhand-present/${this.#deployment}/${this.buildId}`;
  }
}
