/**
 * Logs say what they should not: addresses with passwords in them, headers, settings. What travels and is kept of a log
 * is without.
 */
const rules: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // rabbit://user:secret@host, mysql+pymysql://user:secret@host
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*):[^\s@'"]+@/gi, '$1:***@'],
  // X-Auth-Token: …, Authorization: Bearer …
  [
    /((?:x-(?:auth|subject|service)-token|authorization|cookie)['"]?\s*[:=]\s*u?['"]?)(?:(?:bearer|basic)\s+)?[^\s'",;}]+/gi,
    '$1***',
  ],
  // password=…, "admin_pass": "…", secret_key = …
  [
    /((?:[a-z0-9_-]*(?:passwo?r?d|passwd|adminpass|_pass|secret(?:_key)?|api_?key|access_?key|private_?key|token))['"]?\s*[:=]\s*u?['"]?)[^\s'",;&}]+/gi,
    '$1***',
  ],
  // Fernet tokens of Keystone, wherever they stand.
  [/gAAAA[A-Za-z0-9_-]{60,}={0,2}/g, '***'],
];

export const masked = (text: string): string =>
  rules.reduce((so, [pattern, instead]) => so.replace(pattern, instead), text);
