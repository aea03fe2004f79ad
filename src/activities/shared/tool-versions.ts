import type { Host } from '../../systems/host/host.ts';

/** First lines of `--version`, for the manifest: whoever restores in five years may want to know. */
export async function toolVersions(host: Host): Promise<Record<string, string>> {
  const script =
    'for p in tar zstd gzip virsh qemu-img; do command -v "$p" >/dev/null && printf "%s\\t%s\\n" "$p" "$("$p" --version 2>/dev/null | head -n 1)"; done; :';
  const { stdout } = await host.run(['sh', '-c', script], { deadline: 30 });
  return Object.fromEntries(
    stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((pair): pair is [string, string] => pair.length === 2),
  );
}
