import { expect, test } from '@jest/globals';
import { deliver } from '../../../src/activities/shared/notifier.ts';
import type { NotificationRule } from '../../../src/config/notification-schema.ts';
import type { Notification } from '../../../src/contracts/notification.ts';

const notification: Notification = {
  ...{ id: 'op/failed', event: 'failed', operation: 'op', workflowId: 'vm-backup/kvm1/web01/op' },
  ...{ title: 'Back up web01', message: 'no room' },
};

const tell = (...command: string[]): Promise<string | undefined> =>
  deliver({ on: ['failed'], command } as unknown as NotificationRule, notification, {});

test.each([
  ['that fails', ['sh', '-c', 'echo "no such hook: $1" >&2; exit 7', 'sh', 'token-123'], 'sh: it ended with code 7'],
  ['that is killed', ['sh', '-c', 'kill -9 $$', 'token-123'], 'sh: it was killed by SIGKILL'],
  ['that is not there', ['/nowhere/notify', 'token-123'], '/nowhere/notify: it could not be started (ENOENT)'],
])('a command %s is told by its end alone, never by its arguments or words', async (_what, command, problem) => {
  expect(await tell(...command)).toBe(`could not tell ${problem}`);
});

test('a command gets the notification on its stdin', async () => {
  expect(await tell('sh', '-c', 'grep -q \'"event":"failed"\'')).toBeUndefined();
  // Ends without reading it.
  expect(await tell('true')).toBeUndefined();
});
