import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliver, tellInOrder } from '../../../src/activities/shared/notifier.ts';
import type { NotificationRule } from '../../../src/config/notification-schema.ts';
import type { Notification } from '../../../src/contracts/notification.ts';
import { scratchDirectory } from '../../support/scratch.ts';

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

describe('a webhook', () => {
  let server: Server;
  let address = '';
  let answer: { status: number; location?: string } = { status: 200 };
  const heard: Notification[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        if (request.method === 'POST' && answer.status < 300) heard.push(JSON.parse(body) as Notification);
        // What a redirect leads to takes anything.
        const { status, location } = request.method === 'POST' ? answer : { status: 200 };
        response.writeHead(status, location === undefined ? {} : { location }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  });
  afterAll(() => {
    server.close();
  });

  const rule = (): NotificationRule => ({ on: ['failed'], webhook: { url: address } });
  const named = (id: string): Notification => ({ ...notification, id });

  test('that sends elsewhere was not told', async () => {
    answer = { status: 302, location: '/login' };
    expect(await deliver(rule(), notification, {})).toMatch(
      /^could not tell the webhook: it answered 302, which sends/,
    );
  }, 30_000);

  test('that could not be told hears it later, in order and before what is newer; whoever could, hears it once', async () => {
    const file = join(await scratchDirectory('told'), 'heard');
    const rules: NotificationRule[] = [
      rule(),
      { on: ['failed'], command: ['sh', '-c', `cat >>${file}; echo >>${file}`] },
    ];
    answer = { status: 503 };
    const first = await tellInOrder(rules, [], named('one'), {});
    expect(first).toMatchObject({
      problems: ['could not tell the webhook: it answered 503'],
      waiting: [{ notification: { id: 'one' } }],
    });
    const second = await tellInOrder(rules, first.waiting, named('two'), {});
    expect(second.waiting.map((each) => each.notification.id)).toEqual(['one', 'two']);
    answer = { status: 200 };
    heard.length = 0;
    expect(await tellInOrder(rules, second.waiting, undefined, {})).toEqual({ problems: [], waiting: [] });
    expect(heard.map(({ id }) => id)).toEqual(['one', 'two']);
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Notification).id)).toEqual(['one', 'two']);
  }, 60_000);

  test('that the config no longer has is waited for no more', async () => {
    const waiting = [{ rule: 'another', notification: named('one') }];
    expect(await tellInOrder([rule()], waiting, undefined, {})).toEqual({ problems: [], waiting: [] });
  });
});
