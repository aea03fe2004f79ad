import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { defineSearchAttributeKey } from '@temporalio/common';
import { taskQueue } from '../../src/contracts/operation.ts';
import { useTemporal } from './temporal.ts';

const workflowsPath = fileURLToPath(new URL('./fixtures/workflows.ts', import.meta.url));
const activities = { greet: (name: string) => Promise.resolve(`hello ${name}`) };

describe('the shared server', () => {
  const temporal = useTemporal();

  test('runs workflows in a namespace of the file, with the search attributes of operations', async () => {
    await temporal.startWorker({ workflowsPath, activities });
    const handle = await temporal.client.workflow.start('greeting', {
      taskQueue,
      workflowId: 'greeting',
      args: ['web01'],
      typedSearchAttributes: [{ key: defineSearchAttributeKey('StackhandVm', 'KEYWORD'), value: 'web01' }],
    });
    await handle.signal('go');
    expect(await handle.result()).toBe('hello web01');
    expect(
      (await handle.describe()).typedSearchAttributes.get(defineSearchAttributeKey('StackhandVm', 'KEYWORD')),
    ).toBe('web01');
  });

  test('a workflow goes on with the next worker after one has stopped', async () => {
    const first = await temporal.startWorker({ workflowsPath, activities });
    const handle = await temporal.client.workflow.start('greeting', { taskQueue, workflowId: 'later', args: ['db01'] });
    await first.stop();
    await handle.signal('go');
    await temporal.startWorker({ workflowsPath, activities });
    expect(await handle.result()).toBe('hello db01');
  });
});

describe('a server of its own', () => {
  const temporal = useTemporal({ own: true });

  test('killed and started again, it has lost nothing', async () => {
    await temporal.startWorker({ workflowsPath, activities });
    const handle = await temporal.client.workflow.start('greeting', { taskQueue, workflowId: 'kept', args: ['app01'] });
    await temporal.server.kill();
    await temporal.server.startAgain();
    await handle.signal('go');
    expect(await handle.result()).toBe('hello app01');
  });
});
