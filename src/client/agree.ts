import { Fault } from '../contracts/faults.ts';
import type { DomainState, DomainSummary } from '../contracts/vm.ts';
import { formatAge, formatBytes } from '../domain/format.ts';
import { selectVms } from '../domain/select.ts';
import type { Cli } from './cli.ts';
import { Declined } from './errors.ts';
import { oneLine } from './render/text.ts';

/** The names given; on a terminal those chosen from the host's VMs. Undefined means all. */
export async function chosenVms(
  cli: Cli,
  host: string,
  names: readonly string[],
  all: boolean,
): Promise<readonly string[] | undefined> {
  if (all && names.length > 0) throw new Fault('InvalidInput', 'name VMs, or say --all: not both');
  if (all) return undefined;
  if (names.length > 0) return [...new Set(names)];
  if (!cli.out.settings.interactive || cli.planning) throw new Fault('NothingSelected', 'no VM is named');
  const vms = await cli.inspect<'vms'>({ what: 'vms', host });
  if (vms.length === 0) throw new Fault('NothingSelected', `${host} has no VM`, { where: host });
  return cli.ask.several(
    `Back up which VMs of ${oneLine(host)}? (space chooses, enter begins)`,
    vms.map((vm) => ({ value: vm.name, label: oneLine(vm.name), hint: hint(vm) })),
  );
}

function hint(vm: DomainSummary): string {
  const size = vm.disks.reduce((sum, disk) => sum + disk.allocated, 0);
  const last = vm.lastBackup === undefined ? 'never backed up' : `backed up ${formatAge(vm.lastBackup.at, new Date())}`;
  return `${vm.state}, ${formatBytes(size)}, ${last}`;
}

export interface Chosen {
  /** Undefined: all. */
  readonly vms: readonly string[] | undefined;
  readonly exclude: readonly string[];
}

/**
 * A running VM is shut down only when somebody agreed, before the operation begins: by --shutdown, or by a yes here.
 * Throws ShutdownNotAgreed where nobody can be asked. Gives what the operation is to be told.
 */
export async function agreedShutdown(
  cli: Cli,
  host: string,
  { vms, exclude }: Chosen,
  said: boolean | undefined,
): Promise<boolean | undefined> {
  if (cli.planning && said !== true) cli.out.warn('without --shutdown a VM that runs at that time is refused');
  // What a glob excludes is seen at each run: nobody else can say yet.
  if (cli.planning || (said === true && (vms !== undefined || exclude.length === 0))) return said;
  const known = await cli.inspect<'vms'>({ what: 'vms', host });
  const { chosen, unusedExcludes } = selectVms(known, { names: vms ?? [], all: vms === undefined, exclude });
  // A mistyped one leaves in what should be left out.
  for (const glob of unusedExcludes) cli.out.warn(`--exclude ${glob} excludes nothing`);
  if (said === true) return true;
  const running = chosen.filter((vm) => isOn(vm.state)).map((vm) => oneLine(vm.name));
  if (running.length === 0) return undefined;
  const [are, them] = running.length === 1 ? ['is', 'it'] : ['are', 'them'];
  if (!cli.out.settings.interactive)
    throw new Fault('ShutdownNotAgreed', `${list(running)} ${are} running, and nobody agreed to shut ${them} down`, {
      where: host,
      remedy: 'say --shutdown, or shut down what is to be backed up yourself first',
    });
  const question = `${list(running)} ${are} running and will be shut down for the backup, and started again. Go on?`;
  if (!(await cli.ask.confirm(question))) throw new Declined();
  return true;
}

const isOn = (state: DomainState): boolean => state !== 'shut off' && state !== 'crashed';

/** "web01", "web01 and db01", "web01, db01 and 5 more". */
function list(names: readonly string[]): string {
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${String(names.length - 3)} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
