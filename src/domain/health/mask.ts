/**
 * Logs say what they should not: addresses with passwords in them, headers, settings, command lines. What travels and is
 * kept of a log is without. Rather too much is taken out than too little: the log itself still has it. But who reads that
 * a password expired must still be able to: what can't be told from prose or from another tool's option is taken out in
 * its context only.
 *
 * A pattern begins with something fixed, never with what stands before a name, which would be tried from each letter of a
 * long word: a megabyte without a blank would take hours. For the same reason what may be repeated before something that
 * must follow is bounded.
 */

/** How names of what is secret end: admin_password, os_secret_key, X-Auth-Token. */
const secret =
  '(?:passw(?:or)?ds?|passphrase|(?:admin|root|user|db|bind|ldap|smtp|rabbit)pass|pwd|(?<![a-z])(?:pass|pw|psk|sig)|secrets?(?:[_-]?key)?|(?:api|access|account|private|auth|encryption|signing|session)[_-]?key|token|credentials?|signature|fernet[_-]?keys?|(?:snmp|ro|rw|read|write|trap)[_-]?community)';
/** A quote as Python and JSON write it, escaped or not; as addresses and web pages do. */
const quote = `(?:\\\\{0,8}["']|%(?:25)?2[27]|&(?:quot|#3[49]);)`;
/** Of prose is a comma after a bare word: "no token, trying again"; of a tuple is one after a quote. */
const between = `(?:${quote}?\\s{0,9}(?::?={1,3}>?|:{1,2}|,(?=\\S)|%(?:25)?3[AD])|${quote}\\s{0,9},)\\s{0,99}(?:[([{]{1,9}\\s{0,9})?(?:[ubr]{1,2}(?=\\\\{0,8}["']))?`;
/**
 * In quotes, with the quotes that are escaped or doubled in them; in escaped quotes, to those that are escaped as often.
 * To the end if they are not closed, since lines are cut off.
 */
const quoted = `(?<open>\\\\{1,8}["'])(?:(?!(?<!\\\\)\\k<open>).)*(?:\\k<open>)?|"+[^"\\\\]*(?:(?:\\\\[^]|""(?=\\w))[^"\\\\]*)*"*|'+[^'\\\\]*(?:(?:\\\\[^]|''(?=\\w))[^'\\\\]*)*'*|&(?:quot|#3[49]);[^\\s&]*`;
/** Without quotes, what ends a value may also be in it, if no other name follows: password=a,b but password=a,user=b. */
const value = `(?:${quoted}|(?:[^\\s'",;&})\\]]|[,;&})\\]](?=[^\\s'",;&})\\]])(?![\\w.-]{1,40}["']?\\s?[=:])|["'](?=\\w))+)`;
/** A word of a command line. */
const word = `(?:${quoted}|[^\\s'"]+(?:['"](?=\\w)[^\\s'"]+)*)`;

/** What follows "password is" or "OS_PASSWORD" if no secret does: these, and "expired", "missing", "unavailable". */
const ordinary = new Set(
  [
    'a an and any are as at be been before but by can cannot could did do does during for from had has have here if in',
    'into is it its may might must never no none not now null of off ok on only or out over same should still than that',
    'the then this to too true false under unless until via was were when which while will with within without yes',
    'about access account age already also always auth authentication authorization bad blank change changes characters',
    'check configuration correct credentials days default different empty entry env environment equal error expires',
    'expiry failure field file format function hash header headers history id identical incorrect input insecure invalid',
    'left length less list longer lost mandatory mismatch more new nil old older option optional parameter part permission',
    'policy problem prompt property read reset rotation rules safe sent setting short shorter shown string there try type',
    'unchanged undefined unknown unset update valid validation validity value values variable visible weak wrong yet',
  ].flatMap((line) => line.split(' ')),
);
const isNotOrdinary = (found: string): boolean => {
  const bare = found.replace(/(?:n't)?[.,:;!?)\]]{0,9}$/, '');
  return bare !== '' && !ordinary.has(bare.toLowerCase()) && !/^[A-Z]?[a-z]+(?:ed|ing|able|ible)$/.test(bare);
};

/** Where nothing but a blank stands before it: more kinds of characters than a word has, or as long a number as an id. */
const looksSecret = (found: string): boolean =>
  /^[0-9a-f]{32,}$/.test(found) ||
  (found.length >= 6 && [/[a-z]/, /[A-Z]/, /\d/, /[!#$%^&*?+=~]/].filter((kind) => kind.test(found)).length >= 3);

type Rule = (text: string) => string;

const put =
  (pattern: RegExp, instead: string): Rule =>
  (text) =>
    text.replace(pattern, instead);

/** Takes out what a pattern finds second, if it is one; what is in quotes always is. */
const putIf =
  (isSecret: (found: string) => boolean, pattern: RegExp): Rule =>
  (text) =>
    text.replace(pattern, (all: string, before: string, found: string) =>
      /^["'\\]/.test(found) || isSecret(found) ? `${before}***` : all,
    );

/**
 * Options that are a password's with these tools and something else with others: -p is a port, -P a path. The whole
 * command is found first, and then the option in it, so that a line is not read once more for each time it names a tool.
 */
const inCommand = (tools: string, option: string, flags = 'g'): Rule => {
  const command = new RegExp(
    `(?<![\\w.-])(?:${tools})(?=["']?[\\s,])(?:"[^"\\n]*"|'[^'\\n]*'|(?!;\\s|\\s[|&;]|&&)[^\\n]){0,8000}`,
    'g',
  );
  const found = new RegExp(`((?:[\\s'",])${option})${word}`, flags);
  return (text) => text.replace(command, (all) => all.replace(found, '$1***'));
};
/** Between an option and its value: a blank, or what a list of words has. */
const next = `(?:\\s{1,9}|["'],\\s{0,9})`;

const login = `(?:^|[\\s'",])(?:-u|--(?:proxy-)?user)(?:${next}|=)`;
const user = `(?!\\d{1,9}:\\d{1,9}(?:[\\s'"]|$))[^\\s:'"\\\\]{1,200}`;

const rules: readonly Rule[] = [
  put(/-----BEGIN [A-Z ]*PRIVATE KEY-----.*/gs, '***'),
  // rabbit://user:secret@host; an @ or a slash in the password is not yet the host's. http://host:80/a@b has a port, not a
  // password, unless a host with its port follows.
  put(
    /([a-z0-9]:\/\/[^\s:/'"[]*):(?!\d{1,5}[/?#](?![^\s'"@]{0,200}@(?!sha\d)[\w.-]{1,200}:\d))(?:(?!:\/\/)[^\s'"])*@/gi,
    '$1:***@',
  ),
  // A header with more than one word in its value, to the end of what quotes it. The cookies of Open vSwitch are numbers.
  put(
    new RegExp(
      `((?:proxy-)?authorization|(?:set-)?cookie)((?:\\\\{0,8}["']?\\s{0,9}[:=]|\\\\{0,8}["']\\s{0,9},)\\s{0,9}(?!0x[\\da-f]{1,16}\\b)(?:[ubr]{1,2}(?=\\\\{0,8}["']))?)(?:${quoted}|[^\\n]*)`,
      'gi',
    ),
    '$1$2***',
  ),
  put(/(\bcookies?\s{1,9})[\w.-]{1,64}=[^\s;'"]*(?:;\s?[^\s;'"]+)*/gi, '$1***'),
  put(
    /<([\w:.-]{0,40}(?:passw|passphrase|(?<!by|com)pass(?=[\s>_-])|secret|token|psk(?=[\s>])|(?:private|api|access)_?key)[\w.-]{0,40}(?:\s[^<>]{0,200})?)>(?:\s{0,9}<!\[CDATA\[[^\]]*|[^<]*)/gi,
    '<$1>***',
  ),
  put(new RegExp(`(${secret})(${between})\\{[^{}]*(?:\\{[^{}]*\\}[^{}]*){0,20}\\}`, 'gi'), '$1$2***'),
  // MySQL only says whether there was one.
  put(new RegExp(`(?<!using (?=password: (?:YES|NO)\\b))(${secret})(${between})${value}`, 'gi'), '$1$2***'),

  // Of command lines.
  put(new RegExp(`((?:^|\\s)--?[\\w.-]{0,80}${secret}\\s{1,9})${word}`, 'gi'), '$1***'),
  // With a blank it is a database, but who errs writes a password; a port, a path or a protocol is none.
  inCommand(
    '(?:/[\\w./-]{0,80}/)?(?:mysql|mariadb)(?:-?(?:dump|admin|check|import|show|slap))?|xtrabackup|innobackupex|mariabackup',
    `(?<!\\b(?:mkdir|ssh)\\s)-p(?:${next}(?!-|/|\\d{1,5}(?::\\d|\\s|$)|tcp\\b|udp\\b))?(?!\\s)`,
  ),
  // Only the first: what it starts has a -p of its own.
  inCommand('sshpass', `-p${next}?`, ''),
  inCommand('redis-cli', `(?:-a|auth|AUTH)${next}`),
  inCommand('ipmitool|lanplus|racadm|-U\\s{1,9}\\S{1,64}', `-P${next}?`),
  inCommand('ipmi-?(?:power|console|sensors|sel|chassis)|racadm', `-p${next}`),
  inCommand('ldap(?:search|modify|add|delete|whoami|passwd)', `-w${next}?`),
  inCommand('snmp(?:walk|get|getnext|bulkwalk|bulkget|set|trap|status)', `-[cAX]${next}?`),
  inCommand('rabbitmqctl', `(?:add_user|change_password|authenticate_user)${next}\\S{1,64}\\s{1,9}`),
  // Not an address, and not the numbers of a user and a group.
  put(new RegExp(`(${login}\\\\{0,8}["']${user}):(?!//)[^"'\\n]+`, 'gi'), '$1:***'),
  put(new RegExp(`(${login}${user}):(?!//)${word}`, 'gi'), '$1:***'),
  inCommand('curl', `-u["']?[^\\s:'"]{1,200}:(?!//)`),
  put(new RegExp(`(identified\\s{1,9}by\\s{1,9}(?:password\\s{1,9})?)${word}`, 'gi'), '$1***'),

  // Of sentences.
  putIf(isNotOrdinary, new RegExp(`((?:auth|api|access|secret)_key\\s{1,9})(${word})`, 'gi')),
  putIf(
    isNotOrdinary,
    new RegExp(
      `((?:passw(?:or)?d|passphrase|pwd)(?:\\s{1,9}for\\s{1,9}(?:user\\s{1,9})?["']?[\\w.@-]{1,64}["']?)?(?:[^\\S\\n]{1,9}(?:is|was|(?:re)?set to|changed to):?|[^\\S\\n]?[:=])[^\\S\\n]{1,9})(${word})`,
      'gi',
    ),
  ),
  put(
    new RegExp(`((?:passw(?:or)?d|passphrase|pwd|x-[a-z]{1,20}-token)[^\\S\\n]{1,9})(?=\\\\{0,8}["'])${word}`, 'gi'),
    '$1***',
  ),
  putIf(
    isNotOrdinary,
    new RegExp(
      `((?:passphrase|x-[a-z]{1,20}-token|[a-z0-9][_-]passw(?:or)?d)[^\\S\\n]{1,9})(?=[\\w!@#$%^&*+/.~])(${word})`,
      'gi',
    ),
  ),
  // As a module auth_token is in most lines of Keystone; as a setting of a shell it is not.
  putIf(
    isNotOrdinary,
    new RegExp(`([A-Z0-9]_(?:PASS|PW|PWD|TOKEN|SECRET|SECRET_KEY)[^\\S\\n]{1,9})(?=[\\w!@#$%^&*+/.~])(${word})`, 'g'),
  ),
  putIf(looksSecret, /\b((?:password|passwd|pwd|token|secret)[^\S\n]{1,9})([^\s'"]+)/gi),
  // Of prose is a plain word: "basic authentication".
  putIf((found) => !/^[A-Z]?[a-z]+\.?$/.test(found), /\b((?:bearer|basic)\s{1,9})([\w.~+/=-]{6,})/gi),
  put(/(\bceph[\w.-]{0,40}\s{1,9}key\s{0,9}[=:]\s{0,9})[^\s'"]+/gi, '$1***'),

  // Tokens that are known by their look: Keystone's Fernet, JSON web tokens, keys of Ceph; those of GitHub, GitLab, Slack,
  // AWS and Vault.
  put(/gAAAA[A-Za-z0-9_-]{60,}={0,2}/g, '***'),
  put(/(?<![A-Za-z0-9])eyJ[\w-]{10,4000}\.[\w-]+(?:\.[\w-]*)?/g, '***'),
  put(/(?<![A-Za-z0-9+/])AQ[A-Za-z0-9+/]{6,200}==/g, '***'),
  put(/(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_)\w{16,}/g, '***'),
  put(/(?<![A-Za-z0-9])(?:xox[a-z]-|gl(?:pat|dt|ptt|rt|cbt|ft|soat)-|hv[sbr]\.)[\w.-]{10,}/g, '***'),
  put(/(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g, '***'),
];

export const masked = (text: string): string => rules.reduce((so, rule) => rule(so), text);
