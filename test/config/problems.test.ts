import { describe, expect, test } from '@jest/globals';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import type { Shape } from './json-schema.ts';
import { parse, problems } from './parse.ts';

describe('a wrong key', () => {
  test('is named with its place and the key that was meant', () => {
    expect(problems('hosts:\n  kvm1:\n    adress: 10.0.0.1\n')).toEqual([
      'stackhand.yaml:3:5 hosts.kvm1.adress: there is no such key here; did you mean address?',
    ]);
  });

  test('that resembles nothing gets the list of keys', () => {
    expect(problems('defaults:\n  xyzzy: 1\n')[0]).toMatch(
      /^stackhand.yaml:2:3 defaults.xyzzy: there is no such key here; there are repository, compression, /,
    );
  });

  test('at the top, in a list, and in a short map in braces', () => {
    expect(problems('host: {}\n')).toEqual(['stackhand.yaml:1:1 host: there is no such key here; did you mean hosts?']);
    expect(problems('notifications:\n  - on: [failed]\n    comand: [true]\n    command: [x]\n')).toEqual([
      'stackhand.yaml:3:5 notifications[0].comand: there is no such key here; did you mean command?',
    ]);
    expect(problems('hosts: { a: { usr: x } }\n')).toEqual([
      'stackhand.yaml:1:15 hosts.a.usr: there is no such key here; did you mean user?',
    ]);
  });

  test('a misspelt key is not reported as missing too', () => {
    expect(problems('repositories:\n  nas:\n    sorce: nas:/backup\n')).toEqual([
      'stackhand.yaml:3:5 repositories.nas.sorce: there is no such key here; did you mean source?',
    ]);
  });

  test('the name of an entry may not hold what a workflow id or a spec would misread', () => {
    expect(problems('hosts:\n  "a/b": root@kvm1\n  -x: root@kvm1\n')).toEqual([
      expect.stringMatching(/^stackhand.yaml:2:3 hosts.a\/b: the name "a\/b" won't do, expected a name of letters/),
      expect.stringMatching(/^stackhand.yaml:3:3 hosts.-x: the name "-x" won't do/),
    ]);
  });

  test('a key that JavaScript treats specially is a wrong key like any other', () => {
    expect(problems('__proto__: { hosts: {} }\n')).toHaveLength(1);
    expect(problems('hosts:\n  __proto__: root@kvm1\n')).toHaveLength(1);
    expect(problems('hosts:\n  kvm1:\n    constructor: x\n')).toHaveLength(1);
  });
});

describe('a wrong value', () => {
  test.each([
    ['hosts:\n  kvm1:\n    port: ssh\n', '3:11 hosts.kvm1.port: found "ssh", expected a whole number from 1 to 65535'],
    ['hosts:\n  kvm1:\n    port: 0\n', '3:11 hosts.kvm1.port: found 0, expected a whole number from 1 to 65535'],
    ['hosts:\n  kvm1:\n    port: 2.5\n', '3:11 hosts.kvm1.port: found 2.5, expected a whole number from 1 to 65535'],
    ['hosts:\n  kvm1:\n    sudo: yes\n', '3:11 hosts.kvm1.sudo: found "yes", expected true or false'],
    ['hosts:\n  kvm1:\n    user:\n', '3:5 hosts.kvm1.user: found nothing, expected a user name'],
    [
      'hosts:\n  kvm1:\n    transport: openshh\n',
      '3:16 hosts.kvm1.transport: found "openshh", expected one of ssh2, openssh, local; did you mean openssh?',
    ],
    [
      'defaults:\n  guardAfter: 600\n',
      '2:15 defaults.guardAfter: found 600, expected a duration with its unit, such as',
    ],
    ['defaults:\n  bandwidth: 50\n', '2:14 defaults.bandwidth: found 50, expected a rate with its unit'],
    ['defaults:\n  level: 30\n', '2:10 defaults.level: found 30, expected a whole number from 1 to 19'],
    ['hosts: [kvm1]\n', '1:8 hosts: found a list, expected hosts by name, indented below'],
    ['hosts:\n  kvm1: 5\n', '2:9 hosts.kvm1: found 5, expected USER@ADDRESS, USER@ADDRESS:PORT, local, or keys'],
    ['hosts:\n  kvm1: -oProxyCommand=x\n', '2:9 hosts.kvm1: found "-oProxyCommand=x", expected USER@ADDRESS'],
    [
      'hosts:\n  kvm1:\n    address: root@kvm1\n',
      '3:14 hosts.kvm1.address: found "root@kvm1", expected a host name or an IP',
    ],
    ['repositories:\n  nas: backup\n', '2:8 repositories.nas: found "backup", expected SERVER:/PATH (an NFS export)'],
    ['repositories:\n  nas: { type: nfs }\n', '2:8 repositories.nas.source: is missing, expected what to mount'],
    [
      'repositories:\n  n: { source: "a:/b", keep: {} }\n',
      '2:30 repositories.n.keep: found keys and values, expected at least one',
    ],
    [
      'notifications:\n  - on: [fail]\n    command: [x]\n',
      '2:10 notifications[0].on[0]: found "fail", expected one of failed',
    ],
    [
      'notifications:\n  - on: [failed]\n',
      '2:5 notifications[0]: has none of webhook, mail and command: say one of them',
    ],
    ['just a sentence\n', '1:1 found "just a sentence", expected sections such as hosts: and repositories:'],
    [
      'notifications:\n  - { on: [failed], webhook: { url: { enf: X } } }\n',
      '2:37 notifications[0].webhook.url: found keys and values, expected { env: NAME } or { file: PATH }',
    ],
    [
      'notifications:\n  - { on: [failed], webhook: { url: { env: a b } } }\n',
      '2:44 notifications[0].webhook.url.env: found this string, expected the name of an environment variable',
    ],
    [
      'notifications:\n  - { on: [failed], webhook: { urls: x, url: "http://h" } }\n',
      '2:32 notifications[0].webhook.urls: there is no such key here; did you mean url?',
    ],
  ])('%j', (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`stackhand.yaml:${expected}`);
  });

  test('all of them are reported at once, in the order of the file', () => {
    const found = problems(
      ['hosts:', '  kvm1: { port: x, usr: y }', '  kvm2: root@', 'repositories:', '  nas: nowhere', 'defauts: {}'].join(
        '\n',
      ),
    );
    expect(found.map((line) => line.split(' ')[1])).toEqual([
      'hosts.kvm1.port:',
      'hosts.kvm1.usr:',
      'hosts.kvm2:',
      'repositories.nas:',
      'defauts:',
    ]);
  });

  test('is found behind an alias', () => {
    expect(problems('hosts:\n  a: &same { port: x }\n  b: *same\n')).toHaveLength(2);
  });

  test('of the wrong kind is told in words at every key of the schema', () => {
    const wrong = (schema: Shape): unknown => {
      const object = [schema, ...(schema.anyOf ?? [])].find((each) => each.properties ?? each.additionalProperties);
      if (object?.properties)
        return Object.fromEntries(Object.entries(object.properties).map(([key, value]) => [key, wrong(value)]));
      if (typeof object?.additionalProperties === 'object') return { entry: wrong(object.additionalProperties) };
      return schema.items && !schema.items.enum ? [wrong(schema.items)] : 3.25;
    };
    const found = problems(JSON.stringify(wrong(configJsonSchema())));
    expect(found.length).toBeGreaterThan(30);
    for (const line of found) {
      expect(line).toMatch(/: (found .*, expected |is missing, expected |there is no such key)/);
      expect(line).not.toMatch(/Invalid|Too (small|big)|Unrecognized|expected (string|object|record|array)\b/);
    }
  });
});

describe('values that contradict each other', () => {
  test.each([
    [
      'repositories: { vault: /b }\ndefaults: { repository: vualt }\n',
      'stackhand.yaml:2:25 defaults.repository: "vualt" is not among the repositories; did you mean vault?',
    ],
    ['hosts:\n  a: { transport: local, user: x }\n', 'hosts.a.user: means nothing with transport local'],
    ['repositories:\n  a: { type: none, source: "nas:/b" }\n', 'with type none has to be an absolute directory'],
    ['repositories:\n  a: { type: none, source: /b, options: rw }\n', 'options: mean nothing with type none'],
    ['repositories:\n  a: { type: none, source: /b, mountPoint: /c }\n', 'mountPoint: means nothing with type none'],
    ['repositories:\n  a: { type: nfs, source: /b }\n', 'with type nfs has to be SERVER:/PATH'],
    ['repositories:\n  a: { source: //server/share }\n', 'say its type (cifs, fuse.sshfs, …)'],
    ['defaults: { verify: compare, startEarly: true }\n', 'startEarly: does not go with verify: compare'],
    ['defaults: { compression: gzip, level: 12 }\n', 'level: is above 9, the highest of gzip'],
    ['defaults: { compression: none, level: 1 }\n', 'level: means nothing with compression: none'],
    [
      'notifications:\n  - { on: [failed], command: [x], webhook: { url: "http://h/" } }\n',
      'has more than one of webhook, mail and command',
    ],
    [
      'notifications:\n  - { on: [failed], webhook: { url: "http://h/", body: "{{mesage}}" } }\n',
      'names {{mesage}}; there are {{id}}, {{event}}',
    ],
  ])('%j', (text, expected) => {
    expect(problems(text)).toEqual([expect.stringContaining(expected)]);
  });
});

describe('a directory that would hide the system or escape', () => {
  test.each(['/', '/etc', '/var/lib/libvirt/images', '/usr/share', 'backup', '/mnt/../etc', '/run'])(
    'is no mount point: %s',
    (path) => {
      expect(problems(`repositories:\n  a: { source: "nas:/b", mountPoint: ${path} }\n`)).toEqual([
        expect.stringMatching(/mountPoint: found .*, expected an absolute directory made for this share/),
      ]);
    },
  );

  test.each(['../other', '/abs', 'a/../b', '.'])('is no directory below one: %s', (path) => {
    expect(problems(`repositories:\n  a: { source: "nas:/b", directory: ${path} }\n`)).toHaveLength(1);
  });
});

describe('text that is no YAML', () => {
  test.each([
    ['hosts:\n  a: root@x\n  a: root@y\n', '3:3 this key is there twice'],
    ['hosts:\n\ta: root@x\n', '2:1 a tab indents this line'],
    ['hosts: [\n', '2:1 this is not valid YAML: '],
    ['hosts: {}\n---\nhosts: {}\n', '2:1 a second document begins here'],
    ['hosts: !secret x\n', '1:8 this is not valid YAML: Unresolved tag'],
    ['hosts: *nobody\n', '1:8 nothing above is named &nobody'],
  ])('%j', (text, expected) => {
    expect(problems(text)[0]).toContain(`stackhand.yaml:${expected}`);
  });

  test('a text that unfolds to a giant is refused', () => {
    const layers = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`);
    expect(problems(['l0: &l0 [x]', ...layers].join('\n'))).toEqual([expect.stringContaining("can't be read as YAML")]);
  });
});

describe('secrets', () => {
  test('have no place in the file', () => {
    const hook = (rest: string) => `notifications:\n  - on: [failed]\n    webhook: { ${rest} }\n`;
    expect(problems(hook('url: "https://h/", headers: { Authorization: Bearer hunter2 }'))).toEqual([
      expect.stringMatching(/:3:\d+ notifications\[0\].webhook.headers.Authorization: is a secret.*\{ env: NAME \}/),
    ]);
    expect(problems(hook('url: "https://ops:hunter2@h/"'))).toEqual([
      expect.stringContaining('expected an address without'),
    ]);
    expect(
      problems('repositories:\n  s: { type: cifs, source: //h/s, options: "username=x,password=hunter2" }\n'),
    ).toEqual([expect.stringContaining('hold a password; put it into a file on the host')]);
    expect(problems('repositories:\n  s: { type: cifs, source: //h/s, options: "user=x%hunter2" }\n')).toHaveLength(1);
    expect(problems('repositories:\n  s: { type: fuse.curl, source: "ftp://u:hunter2@h/" }\n')).toHaveLength(1);
  });

  test('are never quoted in a message', () => {
    const texts = [
      'notifications:\n  - on: [failed]\n    webhook: { url: "hunter2", headers: { Authorization: [hunter2] } }\n',
      'notifications:\n  - on: [failed]\n    webhook: { url: { env: "hunter2 x" } }\n',
      'repositories:\n  s: { type: cifs, source: //h/s, options: "password=hunter2, x" }\n',
      'repositories:\n  s: { type: cifs, source: //h/s, password: hunter2 }\n',
      'x: "hunter2\n',
    ];
    for (const text of texts) {
      const found = problems(text);
      expect(found.length).toBeGreaterThan(0);
      expect(found.join('\n')).not.toContain('hunter2');
    }
  });

  test('an address that is a secret is refused in a file that others can read', () => {
    const text =
      'notifications:\n  - on: [failed]\n    webhook:\n      url: https://hooks.example.com/T0AB12/B0CD34/a1b2c3d4e5f6a7b8c9d0e1f2\n';
    expect(problems(text, { readableByOthers: true })).toEqual([
      expect.stringMatching(/:4:12 notifications\[0\].webhook.url: others on this machine can read this address/),
    ]);
    expect(problems(text, { readableByOthers: false })).toEqual([]);
    expect(problems(text.replace(/https.*/, 'http://alerts.local:9000/stackhand'), { readableByOthers: true })).toEqual(
      [],
    );
  });
});

test('empty sections, and an empty file, are fine', () => {
  const sections = 'hosts:\nrepositories:\nclouds:\ndefaults:\nnotifications:\nrecords:\n';
  expect(parse(sections)).toEqual(parse(''));
  expect(parse('# nothing\n').defaults).toEqual({
    compression: 'zstd',
    verify: 'read',
    guardAfter: 600,
    shutdownTimeout: 300,
    idle: false,
    startEarly: false,
    parallel: 1,
  });
});
