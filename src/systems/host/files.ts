import { Fault } from '../../contracts/faults.ts';
import { lastLines } from './conclude.ts';
import type { Host } from './host.ts';

/**
 * The text of a file of at most 4 MiB; undefined where there is none.
 *
 * @param path absolute
 */
export async function readFile(host: Host, path: string): Promise<string | undefined> {
  checkPath(path);
  const { exitCode, stdout, stderr, truncated } = await host.run(['cat', '--', path]);
  if (exitCode === 0 && !truncated) return stdout;
  if (/: No such file or directory$/m.test(stderr)) return undefined;
  const why = truncated ? 'it is larger than 4 MiB' : lastLines(stderr);
  throw new Fault('CommandFailed', `${path} on ${host.name} can't be read: ${why}`, { where: host.name });
}

/**
 * Stdin that breaks off looks like its end to the far side, so the length is compared before the rename: a lost
 * connection never leaves half a file under the final name. It may leave the temporary one (`.NAME.XXXXXXXX`).
 */
const writeScript = `
set -eu
path=$1 mode=$2 bytes=$3
umask 077
temporary=$(mktemp -- "$(dirname -- "$path")/.$(basename -- "$path").XXXXXXXX")
trap 'rm -f -- "$temporary"' EXIT
cat > "$temporary"
if [ "$(stat -c %s -- "$temporary")" != "$bytes" ]; then
  echo "the content broke off" >&2
  exit 1
fi
chmod -- "$mode" "$temporary"
sync -- "$temporary"
mv -fT -- "$temporary" "$path"
sync -- "$(dirname -- "$path")"
`;

/**
 * Writes a file of the host as a whole or not at all, and to the disk: temporary name, fsync, rename, fsync of the
 * directory, which must exist. Safe to repeat; a retry replaces what an earlier attempt wrote.
 *
 * @param path absolute
 */
export async function writeFile(
  host: Host,
  path: string,
  content: string | Buffer,
  { mode }: { readonly mode: number },
): Promise<void> {
  checkPath(path);
  const input = Buffer.from(content as string);
  const argv = ['sh', '-c', writeScript, 'stackhand', path, mode.toString(8), String(input.length)];
  const { exitCode, stderr } = await host.run(argv, { input });
  if (exitCode === 0) return;
  throw new Fault('CommandFailed', `${path} on ${host.name} can't be written: ${lastLines(stderr)}`, {
    where: host.name,
  });
}

function checkPath(path: string): void {
  if (!path.startsWith('/')) throw new Fault('InvalidInput', `"${path}" is not an absolute path`);
}
