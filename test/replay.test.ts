import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { builtBundle } from './support/built.ts';
import { installQuietRuntime } from './support/runtime.ts';

/**
 * Operations that were under way when a worker was updated go on with the new code. So every workflow keeps histories
 * of what its released versions did (`npm run record`), and today's code must take the same decisions.
 */
interface History {
  readonly events: readonly Record<string, Record<string, unknown>>[];
}

interface Fixture {
  readonly name: string;
  readonly workflow: string;
  readonly workflowId: string;
  readonly history: History;
}

const directory = new URL('./replay/', import.meta.url);
const fixtures: Fixture[] = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const history = JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as History;
    const { workflowType, workflowId } = history.events[0]?.['workflowExecutionStartedEventAttributes'] ?? {};
    return { name: file, workflow: (workflowType as { name: string }).name, workflowId: workflowId as string, history };
  });

const index = readFileSync(new URL('../src/workflows/index.ts', import.meta.url), 'utf8');
const workflows = [...index.matchAll(/^export \{ (\w+) \}/gm)].map((match) => match[1] ?? '');

let codePath = '';
beforeAll(async () => {
  installQuietRuntime();
  ({ codePath } = await builtBundle());
}, 120_000);

const replay = (history: History, workflowId: string): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);

describe('every workflow', () => {
  test.each(workflows)('%s has a history', (workflow) => {
    expect(fixtures.map((fixture) => fixture.workflow)).toContain(workflow);
  });
});

describe('every history', () => {
  for (const { name, history, workflowId } of fixtures) {
    test(`${name} replays`, () => replay(history, workflowId));
  }

  test('would be refused by a workflow that takes another decision', async () => {
    const call = '"activityTaskScheduledEventAttributes"';
    const fixture = fixtures.find(({ history }) => JSON.stringify(history).includes(call));
    const changed = JSON.stringify(fixture?.history).replaceAll(/("activityType":\{"name":")/g, '$1other');
    await expect(replay(JSON.parse(changed) as History, fixture?.workflowId ?? '')).rejects.toThrow(/determinism/i);
  });
});
