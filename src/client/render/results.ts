import type { FlavorImportResult } from '../../contracts/flavor.ts';
import type { ImageUploadResult } from '../../contracts/image-upload.ts';
import type { OperationRepairResult } from '../../contracts/operation-repair.ts';
import type { Report } from '../../contracts/operation.ts';
import type { ServersResult } from '../../contracts/server-operation.ts';
import type { VmBackupFailure, VmBackupResult, VmBackupsResult } from '../../contracts/vm-backup.ts';
import type { VmPruneResult } from '../../contracts/vm-prune.ts';
import type { VmRestoreResult } from '../../contracts/vm-restore.ts';
import type { VmVerifyResult } from '../../contracts/vm-verify.ts';
import { driftText, sizeText } from '../../domain/flavors/compare-flavor.ts';
import { formatBytes, formatDuration } from '../../domain/format.ts';
import type { Colours } from '../output.ts';
import { quote } from '../../domain/quote.ts';
import { columns, oneLine } from './text.ts';

/**
 * What an operation gave, below its summary. A report names no type, and a result may be of a newer worker: what
 * it is shows in its keys, and what isn't known is left to --json.
 */
export function resultLines({ outcome, result, items }: Report, colour: Colours): string[] {
  const others = outcome === 'partial' ? troubled(items) : [];
  if (typeof result !== 'object' || result === null) return others;
  if ('archives' in result) return backup(result as VmBackupResult);
  if ('backedUp' in result) return backups(result as VmBackupsResult);
  if ('decisions' in result) return prune(result as VmPruneResult, colour);
  if ('damaged' in result) return verify(result as VmVerifyResult, colour);
  if ('disks' in result) return restore(result as VmRestoreResult);
  if ('plan' in result) return servers(result as ServersResult);
  if ('image' in result) return image(result as ImageUploadResult);
  if ('changes' in result) return flavors(result as FlavorImportResult);
  if ('repaired' in result) return repair(result as OperationRepairResult);
  return others;
}

/** Which of several failed, each with its reason. */
function troubled(items: Report['items']): string[] {
  return items
    .filter((item) => item.state === 'failed' || item.state === 'left alone')
    .map((item) => `  ${oneLine(item.name)}: ${item.state}${item.why === undefined ? '' : `: ${oneLine(item.why)}`}`);
}

function backup({ path, repository, archives, verified, downtime, pruned }: VmBackupResult): string[] {
  const sum = (key: 'streamBytes' | 'archiveBytes'): number => archives.reduce((total, entry) => total + entry[key], 0);
  return [
    `  backup      ${oneLine(path)} in ${oneLine(repository)}`,
    `  size        ${formatBytes(sum('archiveBytes'))} (${formatBytes(sum('streamBytes'))} before compression)`,
    `  verified    ${verified === 'none' ? 'no: it does not count as good' : verified}`,
    ...(downtime === undefined ? [] : [`  VM was off  ${formatDuration(downtime * 1000)}`]),
    ...pruned.map((old) => `  pruned      ${oneLine(old)}`),
  ];
}

/** What is to be done, or was, and what is not as it was wanted. */
function flavors({ changes, outcomes = [] }: FlavorImportResult): string[] {
  const ended = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  return columns(
    ['FLAVOR', 'WHAT', 'WHY', 'ID'],
    changes.map(({ flavor, action, drift, why }) => {
      const outcome = ended.get(flavor.name);
      const what = action === 'none' ? 'left alone' : outcome === undefined ? action : outcome.outcome;
      const size = action === 'create' ? sizeText(flavor) : driftText(drift);
      return [oneLine(flavor.name), what, oneLine(outcome?.why ?? why ?? size), oneLine(flavor.id)];
    }),
  );
}

function image({ image: made, sent, replaced }: ImageUploadResult): string[] {
  const { id, name, size = 0, hash, diskFormat = '-', visibility } = made;
  return [
    `  image   ${oneLine(name)} (${oneLine(id)})`,
    `  size    ${formatBytes(size)}${sent ? '' : ', not sent: it is there already'}`,
    `  format  ${oneLine(diskFormat)}, ${visibility}`,
    ...(hash === undefined ? [] : [`  ${oneLine(hash.algorithm)}  ${oneLine(hash.value)}`]),
    ...replaced.map((old) => `  aside   ${oneLine(old.name)} (${oneLine(old.id)}), hidden`),
  ];
}

// What a report of an older worker has not is as good as empty.
function backups({ backedUp, remarks = [], failed }: VmBackupsResult): string[] {
  const told = (word: string, { vm, why, workflowId }: VmBackupFailure): string[] => [
    `  ${word}  ${oneLine(vm)}: ${oneLine(why)}`,
    `          stackhand operation show ${quote(workflowId)}`,
  ];
  const whole = backedUp.filter((name) => !remarks.some(({ vm }) => vm === name));
  return [
    ...whole.map((vm) => `  done    ${oneLine(vm)}`),
    ...remarks.flatMap((each) => told('partly', each)),
    ...failed.flatMap((each) => told('failed', each)),
  ];
}

function prune({ decisions, removed }: VmPruneResult, colour: Colours): string[] {
  const word = (keep: boolean, path: string): string =>
    keep ? 'keep' : colour.red(removed.includes(path) ? 'removed' : 'remove');
  return columns(
    ['', 'BACKUP', 'WHY'],
    decisions.map(({ path, keep, why }) => [word(keep, path), oneLine(path), oneLine(why)]),
  );
}

function verify({ good, damaged, unread = [] }: VmVerifyResult, colour: Colours): string[] {
  return [
    ...good.map((path) => `  ${colour.green('good')}     ${oneLine(path)}`),
    ...damaged.map(({ path, why }) => `  ${colour.red('damaged')}  ${oneLine(path)}: ${oneLine(why)}`),
    ...unread.map(({ path, why }) => `  ${colour.red('unread')}   ${oneLine(path)}: ${oneLine(why)}`),
  ];
}

function restore({ name, uuid, disks, kept }: VmRestoreResult): string[] {
  return [
    `  VM    ${oneLine(name)} (${uuid})`,
    ...Object.entries(disks).map(([was, is]) => `  disk  ${oneLine(is)} (was ${oneLine(was)})`),
    ...kept.map((path) => `  kept  ${oneLine(path)} (the old disk: remove it when the VM is well)`),
  ];
}

/** Failures with their reasons, and what deleted servers left; everything else is in the records. */
function servers({ applied, leftovers }: ServersResult): string[] {
  const { failures = [], failed = 0 } = applied ?? {};
  const { more = 0, ...named } = leftovers ?? {};
  const left = Object.entries<readonly string[]>(named);
  return [
    ...failures.map(({ name, why }) => `  failed  ${oneLine(name)}: ${oneLine(why)}`),
    ...(failed > failures.length ? [`  and ${String(failed - failures.length)} more`] : []),
    ...left.flatMap(([kind, ids]) => ids.map((id) => `  left    ${leftoverWords[kind] ?? kind} ${oneLine(id)}`)),
    ...(more === 0 ? [] : [`  left    and ${String(more)} more`]),
  ];
}

const leftoverWords: Readonly<Record<string, string>> = {
  volumes: 'volume',
  floatingIps: 'floating IP',
  ports: 'port',
};

function repair({ repaired, leftAlone }: OperationRepairResult): string[] {
  return [
    ...repaired.flatMap(({ operation, did }) => [`  ${operation}`, ...did.map((what) => `    ${oneLine(what)}`)]),
    ...leftAlone.map(({ operation, why }) => `  ${operation}: left alone: ${oneLine(why)}`),
  ];
}
