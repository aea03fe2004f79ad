/**
 * Logs say what they should not: addresses with passwords in them, headers, settings, command lines. What travels and is
 * kept of a log is without. Rather too much is taken out than too little: the log itself still has it.
 */

/**
 * How names of what is secret end: admin_password, os_secret_key, X-Auth-Token. Never with what stands before, which would
 * be tried from each letter of a long word: a megabyte without a blank would take hours.
 */
const secret =
  '(?:passw(?:or)?ds?|passwd|passphrase|adminpass|pwd|(?<![a-z])pass|_pass|secrets?(?:[_-]?key)?|(?:api|access|private|auth|encryption|signing|session)[_-]?key|token|credentials?|signature|(?<![a-z])sig|_sig|fernet[_-]?keys?)';
/** Between a name and its value: quotes and brackets of Python and JSON, escaped or not, and what puts them together. */
const between = '\\\\*["\']?\\s*(?:=>|[:=,])\\s*[([{]*\\s*[ub]?';
/** A value in quotes, escaped quotes or none; a whole JSON object or tuple goes with its first value. */
const value = `(?:\\\\+"(?:(?!\\\\+").)*\\\\+"|"+[^"]*"*|'+[^']*'*|[^\\s'",;&})\\]]+)`;

const rules: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // rabbit://user:secret@host; an @ in the password is not yet the host's.
  [/([a-z0-9]:\/\/[^\s:/'"]*):[^\s/'"]*@/gi, '$1:***@'],
  // A header with more than one word in its value, to the end of what quotes it.
  [/((?:proxy-)?authorization|(?:set-)?cookie)(\\*["']?\s*[:=,]\s*[ub]?)(?:\\*"[^"]*|'[^']*|[^\n]*)/gi, '$1$2***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*/gs, '***'],
  [/<(\w*(?:passw|secret|token)\w*)>[^<]*/gi, '<$1>***'],
  [new RegExp(`(${secret})(${between})\\{(?:[^{}]*)\\}`, 'gi'), '$1$2***'],
  [new RegExp(`(${secret})(${between})${value}`, 'gi'), '$1$2***'],
  // Of command lines.
  [new RegExp(`((?:^|\\s)--?[\\w.-]*${secret})\\s+\\S+`, 'gi'), '$1 ***'],
  [/((?:^|\s)-P\s+)\S+/g, '$1***'],
  [/((?:^|\s)-u\s+[^\s:]+):\S+/g, '$1:***'],
  [/(identified\s+by\s+)(?:'[^']*'|"[^"]*"|\S+)/gi, '$1***'],
  [/((?:auth|api|access|secret)_key\s+)\S+/gi, '$1***'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 ***'],
  // Tokens that are known by their look: Keystone's Fernet, JSON web tokens.
  [/gAAAA[A-Za-z0-9_-]{60,}={0,2}/g, '***'],
  [/eyJ[\w-]{10,}\.[\w-]+(?:\.[\w-]*)?/g, '***'],
];

export const masked = (text: string): string =>
  rules.reduce((so, [pattern, instead]) => so.replace(pattern, instead), text);
