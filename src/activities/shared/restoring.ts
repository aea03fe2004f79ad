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

/** A TPM's directory is found by the VM's UUID, so the restored one takes the place of the old, which is kept. */
export async function swapIn(
  host: Host,
  restored: string,
  plan: RestorePlan,
  operation: string,
): Promise<{ from: string; to: string } | undefined> {
  const place = posix.join(posix.dirname(restored), plan.uuid);
  if (restored === place) return undefined;
  const aside = `${place}.before-${operation.slice(0, 8)}`;
  const script =
    'if [ ! -e "$3" ]; then [ ! -e "$2" ] || mv -T -- "$2" "$3"; fi; if [ -e "$1" ]; then mv -T -- "$1" "$2"; fi';
  await must(host, ['sh', '-ec', script, 'sh', restored, place, aside], 'the TPM state could not be switched');
  return { from: place, to: aside };
}

/** The reverse: the old one takes its place again, if it was moved. */
export async function swapOut(host: Host, { from, to }: { from: string; to: string }): Promise<void> {
  const script = 'if [ -e "$2" ]; then rm -rf -- "$1"; mv -T -- "$2" "$1"; fi';
  await must(host, ['sh', '-ec', script, 'sh', from, to], 'the former TPM state could not be put back');
}

export async function removePath(host: Host, path: string): Promise<void> {
  await must(host, ['rm', '-rf', '--', path], `${path} could not be removed`, 300);
}
