import { PassThrough } from 'node:stream';
import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import type { ImageFile } from './image-file.ts';
import { changed, unusable } from './refusals.ts';

/** Seconds. A stream that stands still is ended by the connection's keepalives, so this only bounds what is forgotten. */
const streamDeadline = 7 * 24 * 3600;

const lookScript = `
f=$1
[ -e "$f" ] || [ -L "$f" ] || { echo missing; exit 0; }
[ -d "$f" ] && { echo directory; exit 0; }
[ -f "$f" ] || { echo special; exit 0; }
[ -r "$f" ] || { echo unreadable; exit 0; }
stat -L -c '%s/%.9Y/%i/%d' -- "$f"
`;

/** OFFSET LENGTH pairs, one after the other on stdout. */
const readScript = `
set -e
f=$1; shift
while [ $# -gt 0 ]; do
  dd if="$f" bs=64K iflag=skip_bytes,count_bytes,fullblock skip="$1" count="$2" status=none
  shift 2
done
`;

const reasons: Readonly<Record<string, string>> = {
  missing: 'there is no such file',
  directory: 'it is a directory',
  special: 'it is no regular file',
  unreadable: 'the user may not read it',
};

/** A file of a host. It is read through the connection and kept nowhere. */
export function hostFile(host: Host, path: string): ImageFile {
  const label = `${host.name}:${path}`;
  const sh = (script: string, ...args: readonly string[]): string[] => ['sh', '-c', script, 'stackhand', path, ...args];

  const file: ImageFile = {
    label,

    async look(signal) {
      const { exitCode, stdout, stderr } = await host.run(sh(lookScript), signal === undefined ? {} : { signal });
      const said = stdout.trim();
      const why = reasons[said];
      if (why !== undefined) throw unusable(label, why, host.name);
      // As localFile has it: the time in nanoseconds.
      const pin = said.replace('.', '');
      const found = /^(\d+)\/\d+\/\d+\/\d+$/.exec(pin);
      if (exitCode !== 0 || found === null)
        throw new Fault('CommandFailed', `${label} can't be looked at: ${stderr.trim() || said}`, { where: host.name });
      const size = Number(found[1]);
      if (size === 0) throw unusable(label, 'it is empty', host.name);
      return { size, pin };
    },

    async read(parts, signal) {
      const args = parts.flatMap(({ offset, length }) => [String(offset), String(length)]);
      const got: Buffer[] = [];
      const output = new PassThrough();
      output.on('data', (data: Buffer) => got.push(data));
      const run = { output, deadline: 600, ...(signal === undefined ? {} : { signal }) };
      const { exitCode, stderr } = await host.run(sh(readScript, ...args), run);
      if (exitCode !== 0)
        throw new Fault('CommandFailed', `${label} can't be read: ${stderr.trim()}`, { where: host.name });
      const all = Buffer.concat(got);
      const { size } = await file.look(signal);
      let at = 0;
      return parts.map(({ offset, length }) => {
        const from = at;
        at += Math.max(0, Math.min(length, size - offset));
        return all.subarray(from, at);
      });
    },

    async *content(look, signal) {
      const check = async (): Promise<void> => {
        if ((await file.look(signal)).pin !== look.pin)
          throw changed(label, 'it is not as it was when it was looked at', host.name);
      };
      await check();
      const output = new PassThrough({ highWaterMark: 1024 * 1024 });
      const abort = new AbortController();
      const stop = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
      host.run(['cat', '--', path], { output, deadline: streamDeadline, signal: stop }).then(
        ({ exitCode, stderr }) => {
          if (exitCode === 0) output.end();
          else
            output.destroy(
              new Fault('CommandFailed', `${label} can't be read: ${stderr.trim()}`, { where: host.name }),
            );
        },
        (error: unknown) => output.destroy(error as Error),
      );
      let got = 0;
      try {
        for await (const data of output as AsyncIterable<Buffer>) {
          got += data.length;
          if (got > look.size) throw changed(label, 'it became longer while it was read', host.name);
          yield data;
        }
        if (got < look.size) throw changed(label, 'it became shorter while it was read', host.name);
        await check();
      } finally {
        // Left early, nobody reads what is still on its way.
        abort.abort();
      }
    },
  };
  return file;
}
