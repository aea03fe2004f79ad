import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  executeChild,
  isCancellation,
  proxyActivities,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { Inspect } from '../../../src/contracts/inspect.ts';
import type { Item, Ledger, Report, Request } from '../../../src/contracts/operation.ts';
import { handlers } from '../../../src/contracts/operation.ts';
import type { VmBackup, VmBackups } from '../../../src/contracts/vm-backup.ts';

/**
 * Operations that behave as src/contracts/operation.ts says, with nothing behind them: what the CLI needs to see.
 * The VM's name says how a backup goes.
 */
const { archive } = proxyActivities<{ archive(vm: string): Promise<void> }>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '10s',
});

export async function vmBackup({ input, startWindow }: Request<VmBackup>): Promise<Report> {
  const { vm, host } = input;
  const at = new Telling(`Back up ${vm} on ${host}`, ['Look', 'Archive vda', 'Start']);
  let abandoned = false;
  let paused = false;
  setHandler(defineSignal(handlers.pause), () => void ((paused = true), at.phase('paused')));
  setHandler(defineSignal(handlers.resume), () => void ((paused = false), at.phase('working')));
  setHandler(defineSignal(handlers.abandon), () => void (abandoned = true));
  if (vm === 'late01') return at.end('missed', `the start window of ${String(startWindow)} s had passed`);
  try {
    at.phase('working');
    at.set('Look', 'done');
    at.set('Archive vda', 'running');
    if (vm === 'bad01') throw ApplicationFailure.nonRetryable('the share is full', 'ShareFull');
    if (vm === 'archived01') await archiveWithProgress(at, vm);
    if (vm.startsWith('slow')) await condition(() => false);
    if (vm === 'paused01') await condition(() => paused).then(() => condition(() => !paused));
    at.set('Archive vda', 'done');
    at.set('Start', 'done');
    return at.end('done', `${vm} is backed up to nas: ${vm}-1b2c3d4e/backup_20261122T010203Z`, {
      ...{ path: `${vm}-1b2c3d4e/backup_20261122T010203Z`, repository: 'nas', verified: 'read', pruned: [] },
      ...{ archives: [{ file: 'vda.tar.zst', streamBytes: 4096, archiveBytes: 1024 }], downtime: 42 },
    });
  } catch (error) {
    return CancellationScope.nonCancellable(async () => {
      at.phase('putting back');
      if (vm === 'slow-stuck01') {
        at.phase('needs you', 'kvm1 does not answer');
        await condition(() => abandoned);
        at.fail('Abandoned', 'abandoned', 'the host did not answer');
      }
      at.set('Archive vda', 'put back');
      if (isCancellation(error)) {
        at.phase('finished', 'Cancelled; everything this operation held was put back');
        throw error;
      }
      return at.fail('ShareFull', 'failed', 'the share is full');
    });
  }
}

async function archiveWithProgress(at: Telling, vm: string): Promise<void> {
  const item = at.set('Archive vda', 'running');
  item.activityId = '1';
  await archive(vm);
  delete item.activityId;
}

export async function vmBackups({ input, startedBy }: Request<VmBackups>): Promise<Report> {
  const { host, vms = ['web01', 'bad01'] } = input;
  const at = new Telling(
    `Back up ${vms.join(', ')} on ${host}`,
    vms.map((vm) => `Back up ${vm}`),
  );
  at.phase('working');
  for (const vm of vms) {
    at.set(`Back up ${vm}`, 'running');
    await executeChild(vmBackup, {
      workflowId: `vm-backup/${host}/${vm}/${at.ledger.operation.slice(0, 8)}`,
      args: [{ input: { host, vm }, startedBy }],
    }).then(
      () => at.set(`Back up ${vm}`, 'done'),
      () => (at.set(`Back up ${vm}`, 'failed').why = 'the share is full'),
    );
  }
  return at.end('partial', `1 of ${String(vms.length)} VMs is backed up`, {
    ...{
      backedUp: ['web01'],
      failed: [{ vm: 'bad01', why: 'the share is full', workflowId: 'vm-backup/kvm1/bad01/1b2c3d4e' }],
    },
  });
}

const hosts = [
  {
    name: 'kvm1',
    transport: 'local',
    address: 'localhost',
    port: 22,
    user: 'root',
    sudo: false,
    runDirectory: '/run/stackhand',
    stateDirectory: '/var/lib/stackhand',
  },
];
const disk = { target: 'vda', path: '/images/web01.img', size: 10_737_418_240, allocated: 1_073_741_824 };
const vms = [
  {
    name: 'web01',
    uuid: '1b2c3d4e-0000-4000-8000-000000000001',
    state: 'running',
    autostart: true,
    disks: [disk],
    lastBackup: { at: '2020-01-01T00:00:00Z', repository: 'nas', path: 'x' },
  },
  { name: 'old01', uuid: '1b2c3d4e-0000-4000-8000-000000000002', state: 'shut off', autostart: false, disks: [disk] },
  {
    name: 'evil\u001b[31m',
    uuid: '1b2c3d4e-0000-4000-8000-000000000003',
    state: 'shut off',
    autostart: false,
    disks: [],
  },
];

export async function inspect({ input }: Request<Inspect>): Promise<Report> {
  const at = new Telling(`Look at ${input.what}`, []);
  if ('host' in input && input.host === 'nowhere')
    return at.fail('UnknownHost', 'failed', 'there is no host "nowhere"');
  return at.end('done', 'looked', answerTo(input));
}

function answerTo(input: Inspect): unknown {
  switch (input.what) {
    case 'hosts':
      return { hosts, repositories: [] };
    case 'records':
      return [{ name: 'records', status: 'ok', detail: '/srv/records keeps plans and reports' }];
    case 'vms':
      return vms;
    case 'checks':
      return [
        { name: `${input.host}: sudo`, status: 'ok', detail: 'not needed' },
        {
          name: `${input.host}: zstd`,
          status: input.host === 'bare' ? 'failed' : 'warning',
          detail: 'not installed',
          remedy: 'install zstd',
        },
      ];
    case 'backups':
      return {
        repository: { name: 'nas', type: 'none', source: '/backup', options: '', mountPoint: '/backup' },
        backups: [
          {
            path: 'web01-1b2c3d4e/backup_20261122T010203Z',
            status: 'good',
            vm: 'web01',
            takenAt: '2026-11-22T01:02:03Z',
            bytes: 1024,
          },
          {
            path: 'web01-1b2c3d4e/backup_20261121T010203Z',
            status: 'damaged',
            vm: 'web01',
            why: 'vda.tar.zst has another digest',
          },
        ],
      };
    case 'host key':
      return {
        type: 'ssh-ed25519',
        fingerprint: 'SHA256:abc',
        line: 'kvm1 ssh-ed25519 AAAA',
        known: input.host === 'moved' ? 'changed' : 'unknown',
      };
    case 'trust':
      return { knownHosts: '/root/.ssh/known_hosts' };
    default:
      throw new Error(`nobody asks for ${input.what} here`);
  }
}

/** A ledger, and the ways to end. */
class Telling {
  readonly ledger: Ledger;

  constructor(title: string, actions: readonly string[]) {
    const items: Item[] = actions.map((action) => ({ id: action, name: action, action, state: 'planned' }));
    this.ledger = { operation: uuid4(), title, phase: 'planning', items };
    setHandler(defineQuery<Ledger>(handlers.ledger), () => this.ledger);
  }

  phase(phase: Ledger['phase'], note?: string): void {
    this.ledger.phase = phase;
    if (note === undefined) delete this.ledger.note;
    else this.ledger.note = note;
  }

  set(action: string, state: Item['state']): Item {
    const item = this.ledger.items.find((each) => each.action === action);
    if (item === undefined) throw ApplicationFailure.nonRetryable(`no item ${action}`);
    item.state = state;
    return item;
  }

  end(outcome: Report['outcome'], summary: string, result?: unknown): Report {
    this.phase('finished', summary);
    const { operation, title, items } = this.ledger;
    return { operation, title, outcome, summary, items, result, startedAt: Date.now(), endedAt: Date.now() };
  }

  fail(type: string, outcome: Report['outcome'], message: string): never {
    const failure = { type, message, where: 'kvm1', remedy: 'free space on the share' };
    const report = { ...this.end(outcome, message), failure };
    throw ApplicationFailure.create({ type, message, nonRetryable: true, details: [report] });
  }
}
