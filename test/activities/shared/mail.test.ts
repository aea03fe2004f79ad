import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { deliver } from '../../../src/activities/shared/notifier.ts';
import type { NotificationRule } from '../../../src/config/notification-schema.ts';
import type { Notification } from '../../../src/contracts/notification.ts';

const notification: Notification = {
  ...{ id: 'op-1/health', event: 'health', operation: 'op-1', workflowId: 'health-check/all/1' },
  ...{ title: 'Check the health of everything', message: 'Health: critical.\nnew: ctl1: nova_api is missing [a1b2c3]' },
};

let server: SMTPServer | undefined;
afterEach(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))));

/** A mail server, and the mails that it took. */
async function serve(options: SMTPServerOptions): Promise<{ port: number; mails: string[] }> {
  const mails: string[] = [];
  server = new SMTPServer({
    authOptional: true,
    ...options,
    onData: (stream, _session, taken) => {
      void text(stream).then((mail) => {
        mails.push(mail);
        taken();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const mailTo = (port: number, more: Partial<NonNullable<NotificationRule['mail']>> = {}): Promise<string | undefined> =>
  deliver(
    {
      on: ['health'],
      mail: {
        ...{ host: '127.0.0.1', port, security: 'none' as const, from: 'stackhand@example.com' },
        ...{ to: ['night@example.com', 'day@example.com'], ...more },
      },
    },
    notification,
    { SMTP_PASSWORD: 'token-123' },
  );

test('a mail says what happened, and a repeat of it is known by its Message-ID', async () => {
  const { port, mails } = await serve({ disabledCommands: ['STARTTLS'] });
  expect(await mailTo(port)).toBeUndefined();
  expect(await mailTo(port)).toBeUndefined();
  expect(mails).toHaveLength(2);
  for (const mail of mails) {
    expect(mail).toContain('Message-ID: <op-1.health@stackhand>');
    expect(mail).toContain('Subject: [stackhand] health: Check the health of everything');
    expect(mail).toContain('To: night@example.com, day@example.com');
    expect(mail).toContain('nova_api is missing [a1b2c3]');
  }
});

test('without TLS no login is sent, and no mail', async () => {
  let logins = 0;
  const { port, mails } = await serve({
    disabledCommands: ['STARTTLS'],
    onAuth: (_auth, _session, answer) => {
      logins += 1;
      answer(null, { user: 'x' });
    },
  });
  const password = { env: 'SMTP_PASSWORD' };
  const problem = await mailTo(port, { security: 'starttls', user: 'stackhand', password });
  expect(problem).toMatch(/^could not tell night@example.com, day@example.com by mail: E[A-Z]+/);
  expect(problem).not.toContain('token-123');
  expect([logins, mails]).toEqual([0, []]);
}, 30_000);

test('a server that refuses, or is not there, is told in a few words', async () => {
  const { port } = await serve({
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, answer) => answer(Object.assign(new Error('no such box'), { responseCode: 550 })),
  });
  expect(await mailTo(port)).toContain('EENVELOPE (550)');
  expect(await mailTo(9)).toContain('ECONNREFUSED');
}, 30_000);
