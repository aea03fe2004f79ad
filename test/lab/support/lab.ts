import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** One of the real hypervisors, seen past the program under test: through the system's own ssh. */
export interface Lab {
  readonly name: 'local' | 'hypervisor';
  readonly port: number;
  readonly key: string;
  /** As the config file has it. */
  readonly repository: Readonly<Record<string, string>>;
  /** The share's directory where it is served. */
  readonly exported: string;
  /** The script of test/lab/machines. */
  readonly machine: string;
  readonly directory: string;
}

interface Environment {
  readonly directory: string;
  readonly machines: readonly Lab['name'][];
}

const environment = JSON.parse(process.env['STACKHAND_LAB'] ?? '{"machines":[]}') as Environment;
if (environment.machines.length === 0) throw new Error('these tests need hypervisors: npm run test:lab');

const all: readonly Lab[] = [
  {
    name: 'local',
    port: 2200,
    key: `${environment.directory}/local/id_ed25519`,
    repository: {
      type: 'fuse.sshfs',
      source: 'root@127.0.0.1:/srv/nfs/backup',
      options: `port=2200,IdentityFile=${environment.directory}/local/id_ed25519,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null`,
      mountPoint: '/mnt/backup',
    },
    exported: '/srv/nfs/backup',
    machine: 'hypervisor-local.sh',
    directory: environment.directory,
  },
  {
    name: 'hypervisor',
    port: 2222,
    key: `${environment.directory}/id_ed25519`,
    repository: { source: '192.168.100.10:/export', mountPoint: '/mnt/backup' },
    exported: '/export',
    machine: 'hypervisor.sh',
    directory: environment.directory,
  },
];

/** Those that this run brought up. */
export const labs: readonly Lab[] = all.filter(({ name }) => environment.machines.includes(name));

/** A hypervisor that a whole file is about; test/lab/run.mjs leaves the file out where it is not up. */
export function the(name: Lab['name']): Lab {
  const lab = labs.find((one) => one.name === name);
  if (lab === undefined) throw new Error(`this needs the ${name} hypervisor: npm run test:lab -- --only ${name}`);
  return lab;
}

/** Runs a bash script as root on the hypervisor. Throws when it fails. */
export async function on(lab: Lab, script: string): Promise<string> {
  const { stdout } = await execa(
    'ssh',
    [
      ...[
        '-i',
        lab.key,
        '-p',
        String(lab.port),
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
      ],
      ...['-o', 'LogLevel=ERROR', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', 'root@127.0.0.1', 'bash -s'],
    ],
    { input: script, timeout: 120_000 },
  );
  return stdout;
}

/** The machine's own commands: up, down, reset. */
export async function machine(lab: Lab, ...command: string[]): Promise<void> {
  await execa('bash', [`test/lab/machines/${lab.machine}`, ...command], {
    env: { LAB_DIR: lab.directory },
    timeout: 280_000,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** What a person at the hypervisor would look at after an operation. */
export interface HostState {
  readonly vm: string;
  /** From qemu's own log: it counts effects, not requests. */
  readonly starts: number;
  readonly stops: number;
  /** Mounts of any network share. */
  readonly mounts: readonly string[];
  readonly processes: readonly string[];
  /** Files and directories of this program in /run and /var/lib that tell of an operation. */
  readonly traces: readonly string[];
  readonly units: readonly string[];
  /** Half-written backups on the share. */
  readonly partials: readonly string[];
  readonly backups: readonly string[];
}

/** Of a host on which no operation is under way, and of a share that holds whole backups only. */
export const nothingLeft = { mounts: [], processes: [], traces: [], units: [], partials: [] } as const;

/** Starts and stops between two looks. */
export const effects = (before: HostState, after: HostState): [starts: number, stops: number] => [
  after.starts - before.starts,
  after.stops - before.stops,
];

export async function look(lab: Lab, vm: string): Promise<HostState> {
  const out = await on(
    lab,
    `
log=/var/log/libvirt/qemu/${vm}.log
echo "vm $(virsh -q -c qemu:///system domstate ${vm} | head -n 1)"
echo "starts $(grep -c ': starting up' $log 2>/dev/null)"
echo "stops $(grep -c ': shutting down' $log 2>/dev/null)"
findmnt -rn -t nfs,nfs4,fuse.sshfs -o TARGET | sed 's/^/mounts /'
for p in /proc/[0-9]*; do
  tr '\\0' '\\n' 2>/dev/null < $p/environ | grep -q '^JOB=.*/jobs/' && echo "processes $(tr '\\0' ' ' < $p/cmdline | cut -c1-80)"
done
pgrep -af 'stackhand.*guard' | grep -v 'bash -s' | cut -c1-80 | sed 's/^/processes /'
find /run/stackhand /var/lib/stackhand -mindepth 2 \\( -path '*/jobs/*' -o -path '*/guards/*' -o -path '*/mounts/*' -o -path '*/operations/*' -o -path '*/leases/*' -o -path '*/domains/*' \\) 2>/dev/null | grep -vE '[/.]lock$|/(stopped|disarmed)$' | grep -vE '/(jobs|guards)/[0-9a-f-]{36}$' | sed 's/^/traces /'
ls /etc/systemd/system 2>/dev/null | grep -i stackhand | sed 's/^/units /'
find ${lab.exported} -maxdepth 2 \\( -name '*.partial' -o -name '.stackhand-lease*' -o -name '*.removing' \\) | sed 's/^/partials /'
find ${lab.exported} -maxdepth 2 -name 'backup_*' ! -name '*.partial' | sed 's/^/backups /'
true`,
  );
  const lines = out
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
  const of = (key: string): string[] => lines.filter(([name]) => name === key).map(([, value]) => value);
  return {
    vm: of('vm')[0] ?? 'undefined',
    starts: Number(of('starts')[0] ?? 0),
    stops: Number(of('stops')[0] ?? 0),
    mounts: of('mounts'),
    processes: of('processes'),
    traces: of('traces'),
    units: of('units'),
    partials: of('partials'),
    backups: of('backups'),
  };
}

/** A private directory of one test file, with known_hosts and a config for these hypervisors. */
export async function scratch(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-lab-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Writes the config of one hypervisor and its known_hosts; returns the config's path. */
export async function writeConfig(lab: Lab, directory: string, more = ''): Promise<string> {
  const { stdout } = await execa('ssh-keyscan', ['-p', String(lab.port), '-t', 'ed25519', '127.0.0.1'], {
    timeout: 60_000,
  });
  await writeFile(join(directory, 'known_hosts'), `${stdout}\n`);
  const file = join(directory, 'stackhand.yaml');
  const repository = Object.entries(lab.repository).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`);
  await writeFile(
    file,
    [
      'hosts:',
      `  ${lab.name}:`,
      '    address: 127.0.0.1',
      `    port: ${String(lab.port)}`,
      '    user: root',
      `    identityFile: ${lab.key}`,
      `    knownHosts: ${join(directory, 'known_hosts')}`,
      'repositories:',
      '  nas:',
      ...repository,
      more,
      '',
    ].join('\n'),
  );
  return file;
}
