import type { ArchiveEntry } from '../../contracts/vm.ts';
import type { Calls } from '../shared/calls.ts';
import { faultType } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';
import type { LaidOut } from './lay-out.ts';
import type { MountedRepository } from './repository.ts';
import type { TakenVm } from './take-vm.ts';

/** Times a job that vanished is begun again. */
const tries = 3;

/** Reads every archive back from the share and holds it against the digest taken while it was written. */
export async function verifySet(
  vm: TakenVm,
  share: MountedRepository,
  place: LaidOut,
  archives: readonly ArchiveEntry[],
  op: Op,
): Promise<void> {
  if (vm.settings.verify === 'none') {
    op.leaveAlone('Verify', 'not verified, as asked for: this backup never counts as good');
    return;
  }
  for (const entry of archives) {
    await anew(op, share, `verify-${entry.source.archive}`, `Verify ${entry.source.archive}`, (at, job) =>
      at.verify(vm.host, place, `${place.partial}/${entry.file}`, entry, job),
    );
    if (vm.settings.verify === 'compare') {
      await compare(vm, share, `${place.partial}/${entry.file}`, entry, op);
    }
  }
}

/**
 * Reads the source again. A tar of a sparse image also says where its holes are, which a file system may change without
 * a write to the image: so of one that differs the content is held against the archive's before it counts as changed.
 */
async function compare(
  vm: TakenVm,
  share: MountedRepository,
  archive: string,
  entry: ArchiveEntry,
  op: Op,
): Promise<void> {
  const { archive: name, kind, path } = entry.source;
  try {
    await anew(op, share, `compare-${name}`, `Compare ${name}`, (at, job) => at.compare(vm.host, entry, job));
  } catch (error) {
    if (faultType(error) !== 'SourceChanged' || kind !== 'file') throw error;
    const file = { archive, entry, from: path, to: path, maybe: path };
    const same = await anew(op, share, `content-${name}`, `Compare the content of ${name}`, (at, job) =>
      at.isSame(vm.host, share, file, job),
    );
    if (!same) throw error;
  }
}

/** A job that only reads the share may be begun again when it vanished, and when the share did, once that is back. */
export async function anew<T>(
  op: Op,
  share: MountedRepository,
  step: string,
  action: string,
  run: (at: Calls, job: { operation: string; step: string }) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await op.step(action, (at) => run(at, { operation: op.id, step: `${step}-${String(attempt)}` }));
    } catch (error) {
      if (faultType(error) === 'JobLost' && attempt < tries) continue;
      await share.regain(error);
    }
  }
}
