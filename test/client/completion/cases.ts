/** What lies beside the person who types: a config, a clouds.yaml, and what else there is to name. */
export const place: Readonly<Record<string, string>> = {
  'stackhand.yaml': [
    'hosts:',
    '  # not: this',
    '  kvm1: root@kvm1.example.com',
    '  "kvm-2":',
    '    address: 192.168.100.12',
    '    user: heat-admin',
    '',
    'repositories: # with a remark',
    '    nas: 192.168.100.10:/osp16_backup',
    '    vault:',
    '        type: nfs',
    '        source: nas2.example.com:/export',
    'clouds:',
    '  production: { cloud: prod }',
    '',
  ].join('\n'),
  'other.yaml': 'hosts:\n  elsewhere: root@elsewhere\n',
  'clouds.yaml': 'clouds:\n  practice:\n    auth:\n      auth_url: http://127.0.0.1\n',
  'flavors.txt': '',
};

const verbs = ['list', 'backup', 'backups', 'verify', 'restore', 'prune'];
const files = Object.keys(place);

/** A line as it is typed, TAB at its end, and the words that every shell has to offer then: these and no others. */
export const cases: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['stackhand vm ', verbs],
  ['stackhand vm b', ['backup', 'backups']],
  ['stackhand --json vm b', ['backup', 'backups']],
  ['stackhand vm --config other.yaml b', ['backup', 'backups']],
  ['stackhand demo --o', ['--once']],
  ['stackhand vm prune --keep', ['--keep-last', '--keep-daily', '--keep-weekly', '--keep-monthly']],
  ['stackhand vm prune web01 --host kvm1 --keep-w', ['--keep-weekly']],
  ['stackhand vm backup web01 --addr', ['--address']],
  ['stackhand vm backup --after ', ['start', 'leave']],
  ['stackhand vm backup --level 3 --after s', ['start']],
  ['stackhand health check --only ho', ['hosts']],
  ['stackhand completion ', ['bash', 'zsh', 'fish']],
  ['stackhand vm backup --host ', ['kvm1', 'kvm-2']],
  ['stackhand vm backup --host kvm1 --to ', ['nas', 'vault']],
  ['stackhand --config other.yaml vm backup --host ', ['elsewhere']],
  ['stackhand vm backup --config other.yaml --host ', ['elsewhere']],
  ['stackhand --config=other.yaml vm backup --host ', ['elsewhere']],
  ['stackhand server list --cloud ', ['production', 'practice']],
  ['stackhand host trust ', ['kvm1', 'kvm-2']],
  // A compute host, which only the cloud knows.
  ['stackhand server list --host ', []],
  ['stackhand vm backup --level ', []],
  ['stackhand nonsense ', []],
  ['stackhand --config ', files],
  ['stackhand flavor import f', ['flavors.txt']],
  ['stackhand server list --ids-from o', ['other.yaml']],
  ['stackhand schedule create nightly --cron x -- vm ba', ['backup', 'backups']],
];

/** A value in one word with its option. Shells differ in what they replace then, so this is the value alone. */
export const joined: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['stackhand vm backup --after=', ['start', 'leave']],
  ['stackhand vm backup --host=kvm-', ['kvm-2']],
];
