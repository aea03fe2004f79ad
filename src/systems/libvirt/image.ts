import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';

/**
 * `qemu-img check` of an image that nobody uses; reads its metadata only. Returns a note for a person where there is
 * something to say that is no reason to stop (leaked clusters: wasted space), else undefined.
 *
 * @param deadline seconds; a large image on a slow disk takes minutes
 * @throws Fault ImageDamaged, ToolMissing
 */
export async function checkImage(
  host: Host,
  path: string,
  format: string,
  { deadline = 3600, signal }: { deadline?: number; signal?: AbortSignal } = {},
): Promise<string | undefined> {
  // Raw images have nothing that could be checked.
  if (format === 'raw') return undefined;
  const argv = ['qemu-img', 'check', '-f', format, '--', path];
  const { exitCode, stdout, stderr } = await host.run(argv, { deadline, ...(signal && { signal }) });
  const details = { where: host.name, output: `${stdout}${stderr}`.slice(-2000) };
  // The codes are those of qemu-img(1).
  if (exitCode === 0 || exitCode === 63) return undefined;
  if (exitCode === 3) return `${path} has leaked clusters: harmless, qemu-img check -r leaks frees the space.`;
  if (exitCode === 2)
    throw new Fault('ImageDamaged', `${path} on ${host.name} is corrupt, says qemu-img check.`, details);
  if (exitCode === 127)
    throw new Fault('ToolMissing', `qemu-img is not installed on ${host.name}, so ${path} can't be checked.`, {
      where: host.name,
      remedy: 'install qemu-utils (Debian, Ubuntu) or qemu-img (Red Hat) on the host',
    });
  const message = stderr
    .trim()
    .replace(/^qemu-img: /gm, '')
    .replaceAll('\n', ' ');
  throw new Fault('CommandFailed', `qemu-img on ${host.name} could not check ${path}: ${message}`, details);
}
