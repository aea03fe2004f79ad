import { z } from 'zod';
import { notificationEvents } from '../contracts/notification.ts';
import type { Notification } from '../contracts/notification.ts';
import { choice, matching, text } from './pieces.ts';
import { secretReference } from './secret.ts';

/** An entry of `notifications:`: which events, and one webhook or one command to tell. */

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

export const notificationRule = z
  .strictObject(
    {
      on: z
        .array(choice(notificationEvents), { error: `a list of ${notificationEvents.join(', ')}` })
        .min(1, `at least one of ${notificationEvents.join(', ')}`)
        .describe('The events that are told.'),
      webhook: webhook.exactOptional().describe('Told by an HTTP POST of the worker.'),
      command: z
        .array(text('a word of the command'), { error: 'a list: the program, then its arguments' })
        .min(1, 'a list: the program, then its arguments')
        .exactOptional()
        .describe(
          'Told by a program on the worker, without a shell: its argument list. The notification is JSON on its stdin.',
        ),
    },
    { error: 'keys on, and webhook or command' },
  )
  .superRefine(({ webhook: hook, command }, context) => {
    if ((hook === undefined) === (command === undefined))
      context.addIssue({
        code: 'custom',
        message: `has ${hook === undefined ? 'neither' : 'both'} webhook and command: say one of the two`.replace(
          'neither webhook and',
          'neither webhook nor',
        ),
        params: { sentence: true },
      });
  });

export type NotificationRule = z.output<typeof notificationRule>;
