import { z } from 'zod';
import { notificationEvents } from '../contracts/notification.ts';
import type { Notification } from '../contracts/notification.ts';
import { choice, matching, text, whole } from './pieces.ts';
import { secretReference } from './secret.ts';

/** An entry of `notifications:`: which events, and one webhook, mail or command to tell. */

/** What a body template may name in double braces: the fields of a Notification. */
export const bodyFields = [
  'id',
  'event',
  'operation',
  'workflowId',
  'title',
  'message',
] as const satisfies readonly (keyof Notification)[];

const secretHeader = /^(?:authorization|proxy-authorization|cookie)$|token|secret|passw|api-?key|-key$/i;

const address = text('a web address (https://…), or { env: NAME } or { file: PATH } that holds it')
  .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
    error: 'a web address that begins with https:// or http://',
  })
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '', {
    error: 'an address without a user and password; put the address in { env: NAME } or { file: PATH }',
  });

/** Slack's, Teams', Discord's and Telegram's addresses let anybody post who knows them. */
export function addressHoldsSecret(url: string): boolean {
  const { pathname, search } = new URL(url);
  return /(?=[^/]*\d)[A-Za-z0-9_-]{20,}|\/bot\d+:/.test(pathname) || /(?:key|token|secret|sig)\w*=/i.test(search);
}

const urlExpected = 'a web address, or { env: NAME } or { file: PATH }';
const header = matching(/^[^\0\r\n]*$/, 'one line, or { env: NAME } or { file: PATH }');

const webhook = z.strictObject(
  {
    url: z
      .union([address, secretReference], { error: urlExpected })
      .describe('Where to POST. An address that is itself a secret (Slack, Teams): { env: NAME } or { file: PATH }.'),
    body: text('a text with fields such as {{message}}')
      .superRefine((body, context) => {
        for (const [, field = ''] of body.matchAll(/\{\{([^{}]*)\}\}/g))
          if (!(bodyFields as readonly string[]).includes(field.trim()))
            context.addIssue({
              code: 'custom',
              message: `names {{${field}}}; there are {{${bodyFields.join('}}, {{')}}}`,
              params: { sentence: true },
            });
      })
      .exactOptional()
      .describe(
        'Body with the fields {{id}}, {{event}}, {{operation}}, {{workflowId}}, {{title}} and {{message}}. Default: all of them as JSON.',
      ),
    headers: z
      .record(
        matching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of an HTTP header'),
        z.union([header, secretReference], { error: 'one line of text, or { env: NAME } or { file: PATH }' }),
        { error: 'headers by name, indented below' },
      )
      .superRefine((headers, context) => {
        for (const name of Object.keys(headers).filter((key) => secretHeader.test(key)))
          if (typeof headers[name] === 'string')
            context.addIssue({
              code: 'custom',
              path: [name],
              message: 'is a secret, which has no place in this file: write { env: NAME } or { file: PATH }',
              params: { sentence: true },
            });
      })
      .exactOptional()
      .describe('HTTP headers. Secrets by reference: { env: NAME } or { file: PATH }.'),
  },
  { error: 'keys such as url, indented below' },
);

const mailAddress = matching(/^[^\s@<>]+@[^\s@<>]+$/, 'a mail address such as night-shift@example.com');

const mail = z
  .strictObject(
    {
      host: text('the name or address of a mail server').describe('The mail server that takes it.'),
      port: whole(1, 65_535).exactOptional().describe('Its port. Default: 587, or 465 with tls, or 25 with none.'),
      security: choice(['starttls', 'tls', 'none'])
        .prefault('starttls')
        .describe('starttls: never without. tls: from the first byte. none: in clear, for a server on this machine.'),
      user: text('a user name').exactOptional().describe('Who logs in. Without it nobody does.'),
      password: secretReference.exactOptional().describe('The password, as { env: NAME } or { file: PATH }.'),
      from: mailAddress.describe('Whom it is from.'),
      to: z
        .array(mailAddress, { error: 'a list of mail addresses' })
        .min(1, 'at least one mail address')
        .describe('Whom it is for.'),
    },
    { error: 'keys such as host, from and to, indented below' },
  )
  .superRefine(({ user, password, security }, context) => {
    const wrong = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: { sentence: true } });
    if ((user === undefined) !== (password === undefined))
      wrong(user === undefined ? 'password' : 'user', 'user and password belong together');
    if (user !== undefined && security === 'none') wrong('security', 'would send the password in clear');
  });

export const notificationRule = z
  .strictObject(
    {
      on: z
        .array(choice(notificationEvents), { error: `a list of ${notificationEvents.join(', ')}` })
        .min(1, `at least one of ${notificationEvents.join(', ')}`)
        .describe('The events that are told.'),
      webhook: webhook.exactOptional().describe('Told by an HTTP POST of the worker.'),
      mail: mail.exactOptional().describe('Told by mail.'),
      command: z
        .array(text('a word of the command'), { error: 'a list: the program, then its arguments' })
        .min(1, 'a list: the program, then its arguments')
        .exactOptional()
        .describe(
          'Told by a program on the worker, without a shell: its argument list. The notification is JSON on its stdin.',
        ),
    },
    { error: 'keys on, and webhook, mail or command' },
  )
  .superRefine(({ webhook: hook, mail: letter, command }, context) => {
    const ways = [hook, letter, command].filter((way) => way !== undefined).length;
    if (ways !== 1)
      context.addIssue({
        code: 'custom',
        message: `has ${ways === 0 ? 'none' : 'more than one'} of webhook, mail and command: say one of them`,
        params: { sentence: true },
      });
  });

export type NotificationRule = z.output<typeof notificationRule>;
