import { createTransport } from 'nodemailer';
import type { NotificationRule } from '../../config/notification-schema.ts';
import { readSecret } from '../../config/secret.ts';
import type { Notification } from '../../contracts/notification.ts';

const ports = { starttls: 587, tls: 465, none: 25 } as const;

/**
 * One mail. Its Message-ID is that of the notification: a repeat after a crash is recognised by those who read it.
 * @throws with what the server said, and no secret
 */
export async function sendMail(
  { host, port, security, user, password, from, to }: NonNullable<NotificationRule['mail']>,
  { id, event, operation, workflowId, title, message }: Notification,
  env: NodeJS.ProcessEnv,
  deadline: number,
): Promise<void> {
  const transport = createTransport({
    host,
    port: port ?? ports[security],
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: deadline,
    greetingTimeout: deadline,
    socketTimeout: deadline,
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: readSecret(password, env) } }),
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: `[stackhand] ${event}: ${title}`,
      text: `${message}\n\n${title}\n${workflowId} (operation ${operation})\n`,
      messageId: `<${id.replace(/[^\w.-]+/g, '.')}@stackhand>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    // Its own message may quote the conversation, which has the login in it.
    const { code = 'no answer', responseCode, message } = error as Error & { code?: string; responseCode?: number };
    const socket = code === 'ESOCKET' ? /\bE[A-Z]{5,}\b/.exec(message)?.[0] : undefined;
    const said = socket ?? code;
    throw new Error(responseCode === undefined ? said : `${said} (${String(responseCode)})`, { cause: error });
  } finally {
    transport.close();
  }
}
