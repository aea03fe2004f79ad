import { createHash } from 'node:crypto';
import { execa } from 'execa';
import type { Undelivered } from '../../contracts/health.ts';
import type { Notification } from '../../contracts/notification.ts';
import type { NotificationRule } from '../../config/notification-schema.ts';
import { readSecret } from '../../config/secret.ts';
import { sendMail } from './mail.ts';

const tries = 3;
const deadline = 15_000;

/** Of one rule: more than so many would only be noise by the time that it answers again. */
const mostWaiting = 20;

/** What a rule is known by from run to run; one that was changed is another. */
const keyOf = (rule: NotificationRule): string =>
  createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 12);

/**
 * Tells each rule what it could not be told before, in that order, and then what is new, if it asked for it. Where one
 * does not answer, what it was to hear waits on; the others hear theirs.
 */
export async function tellInOrder(
  rules: readonly NotificationRule[],
  waiting: readonly Undelivered[],
  news: Notification | undefined,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly problems: readonly string[]; readonly waiting: readonly Undelivered[] }> {
  const told = await Promise.all(
    rules.map(async (rule) => {
      const key = keyOf(rule);
      const queue = waiting.filter((each) => each.rule === key).map(({ notification }) => notification);
      if (news !== undefined && rule.on.includes(news.event)) queue.push(news);
      for (const [at, notification] of queue.entries()) {
        const problem = await deliver(rule, notification, env);
        if (problem === undefined) continue;
        const left = queue.slice(at).slice(-mostWaiting);
        return { problem, left: left.map((each): Undelivered => ({ rule: key, notification: each })) };
      }
      return { left: [] };
    }),
  );
  return {
    problems: told.flatMap(({ problem }) => problem ?? []),
    waiting: told.flatMap(({ left }) => left),
  };
}

/** Tells every rule that asked for this event, and gives what went wrong. */
export async function tellAll(
  rules: readonly NotificationRule[],
  notification: Notification,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const { problems } = await tellInOrder(rules, [], notification, env);
  return [...problems];
}

/** Delivers one notification by one rule; resolves with what went wrong, in a sentence without secrets. */
export async function deliver(
  rule: NotificationRule,
  notification: Notification,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  let problem: string | undefined;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      if (rule.webhook !== undefined) await post(rule.webhook, notification, env);
      if (rule.mail !== undefined) await sendMail(rule.mail, notification, env, deadline);
      if (rule.command !== undefined) await run(rule.command, notification);
      return undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      await new Promise((resolve) => setTimeout(resolve, attempt * 1000));
    }
  }
  const target = rule.command?.[0] ?? (rule.mail === undefined ? 'the webhook' : `${rule.mail.to.join(', ')} by mail`);
  return `could not tell ${target}: ${problem ?? 'unknown'}`;
}

async function post(
  webhook: NonNullable<NotificationRule['webhook']>,
  notification: Notification,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const url = typeof webhook.url === 'string' ? webhook.url : readSecret(webhook.url, env);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': notification.id };
  for (const [name, value] of Object.entries(webhook.headers ?? {})) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : readSecret(value, env);
  }
  const body = webhook.body === undefined ? JSON.stringify(notification) : fill(webhook.body, notification);
  let response: Response;
  try {
    // Followed, a redirect would become a GET of a login page, whose 200 says nothing of what was posted.
    const signal = AbortSignal.timeout(deadline);
    response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
  } catch (error) {
    // fetch names the address, which may itself be a secret; its cause names only what went wrong.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no answer';
    throw new Error(cause, { cause: error });
  }
  if (!response.ok)
    throw new Error(
      `it answered ${String(response.status)}${response.status >= 300 && response.status < 400 ? ', which sends elsewhere: name the address that takes it' : ''}`,
    );
}

/** Each field as it stands inside a JSON string, since that is what a body almost always is. */
function fill(template: string, notification: Notification): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_whole, field: string) =>
    JSON.stringify(notification[field as keyof Notification] ?? '').slice(1, -1),
  );
}

async function run(command: readonly string[], notification: Notification): Promise<void> {
  const [program = '', ...args] = command;
  // In a group of its own, so that what it started ends with it.
  const child = execa(program, args, {
    input: JSON.stringify(notification),
    detached: true,
    reject: false,
    stdout: 'ignore',
    stderr: 'ignore',
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }, deadline);
  const result = await child.finally(() => clearTimeout(timer));
  if (!result.failed) return;
  // Nothing of what it says, nor execa's message, which holds the command line: either may name a token.
  if (late) throw new Error('it had not ended after 15 s, and was killed');
  if (result.signal !== undefined) throw new Error(`it was killed by ${result.signal}`);
  throw new Error(
    result.exitCode === undefined
      ? `it could not be started (${result.code ?? 'unknown why'})`
      : `it ended with code ${String(result.exitCode)}`,
  );
}
