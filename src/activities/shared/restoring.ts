import { posix } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { RestorePlan } from '../../contracts/vm-restore.ts';
import type { Host } from '../../systems/host/host.ts';

const imageInfo = z.looseObject({
  'backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
});

/** Runs it, and throws what the program said if it failed. */
async function must(host: Host, argv: readonly string[], what: string, deadline = 60): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(argv, { deadline });
  if (exitCode === 0) return stdout;
  throw new Fault('RestoreRefused', `${what}: ${stderr.trim().split('\n').at(-1) ?? ''}`, { where: host.name });
}

/**
 * Points each restored qcow2 file at its backing file, where that is called otherwise now. Only the header is
 * written (`rebase -u`), and only if it must be: a disk restored to where it was stays as it was, byte for byte.
 */
export async function rebaseOnto(
  host: Host,
  plan: RestorePlan,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { entry, from, maybe } of plan.files) {
    const image = files[from];
    if (entry.source.format !== 'qcow2' || image === undefined || image === maybe) continue;
    const info = imageInfo.parse(
      JSON.parse(await must(host, ['qemu-img', 'info', '-U', '--output=json', image], `${image} could not be read`)),
    );
    const written = info['backing-filename'];
    if (written === undefined) continue;
    const before = await canonical(host, posix.resolve(posix.dirname(from), written));
    const wanted = files[before] ?? files[posix.resolve(posix.dirname(from), written)] ?? before;
    const now = await canonical(host, posix.resolve(posix.dirname(image), written));
    if (now === (await canonical(host, wanted))) continue;
    const format = info['backing-filename-format'];
    const formatOption = format === undefined ? [] : ['-F', format];
    await must(
      host,
      ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-b', wanted, ...formatOption, image],
      `${image} could not be pointed at ${wanted}`,
    );
  }
}

async function canonical(host: Host, path: string): Promise<string> {
  const { exitCode, stdout } = await host.run(['realpath', '-m', '--', path], { deadline: 20 });
  return exitCode === 0 ? stdout.replace(/\n$/, '') : path;
}

/** Where a directory was, and where it is kept meanwhile. */
interface Swap {
  readonly from: string;
  readonly to: string;
}

/** A TPM's directory is found by the VM's UUID, so the restored one takes the place of the old, which is kept. */
export function tpmSwap(restored: string, plan: RestorePlan, operation: string): Swap | undefined {
  const place = posix.join(posix.dirname(restored), plan.uuid);
  return restored === place ? undefined : { from: place, to: `${place}.before-${operation.slice(0, 8)}` };
}

/**
 * Noted in the operation's record beforehand; whichever half of it has been done is not done again. The list of what
 * was restored learns of the new place first.
 */
export async function swapIn(host: Host, restored: string, { from, to }: Swap, list: string): Promise<void> {
  const script = `
    if [ ! -e "$3" ]; then [ ! -e "$2" ] || mv -T -- "$2" "$3"; fi
    [ -e "$1" ] || exit 0
    printf '%s\\0%s\\0' "$(stat -c %i -- "$1")" "$2" >>"$4"
    mv -T -- "$1" "$2"`;
  await must(host, ['sh', '-ec', script, 'sh', restored, from, to, list], 'the TPM state could not be switched');
}

/** The reverse: the old one takes its place again, if it was moved. */
export async function swapOut(host: Host, { from, to }: Swap): Promise<void> {
  const script = 'if [ -e "$2" ]; then rm -rf -- "$1"; mv -T -- "$2" "$1"; fi';
  await must(host, ['sh', '-ec', script, 'sh', from, to], 'the former TPM state could not be put back');
}
