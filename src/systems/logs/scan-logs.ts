import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { LogCursor } from '../../contracts/health.ts';
import type { LogScan } from '../../contracts/log-scan.ts';
import type { Host, RunResult } from '../host/host.ts';

export interface LogScanRequest {
  /** Absolute, such as /var/log/nova/*.log. Rotated files are found by themselves. */
  readonly globs: readonly string[];
  /** Epoch seconds: a log that is seen for the first time is read from then on. */
  readonly since: number;
  /** Epoch seconds. */
  readonly now: number;
  /** Of the last scan, by path; of one that is left out the log is seen for the first time. */
  readonly cursors: Readonly<Record<string, LogCursor>>;
  readonly limits: {
    /** Groups that are told apart. */
    readonly groups: number;
    /** Characters of a sample. */
    readonly sample: number;
    /** Bytes of one log that are read at its first sight, its newest ones. */
    readonly firstSightBytes: number;
  };
}

const cursor: z.ZodType<LogCursor> = z.object({
  file: z.string(),
  offset: z.int().min(0),
  size: z.int().min(0),
  head: z.object({ length: z.int().min(0), sha256: z.string() }),
});

const remarks = z.array(z.object({ path: z.string(), log: z.string(), why: z.string() }));

const answer: z.ZodType<LogScan> = z.object({
  cursors: z.record(z.string(), cursor),
  groups: z.array(
    z.object({
      key: z.string(),
      level: z.enum(['CRITICAL', 'ERROR', 'TRACEBACK']),
      signature: z.string(),
      paths: z.array(z.string()),
      more: z.boolean(),
      count: z.int().min(1),
      first: z.number().exactOptional(),
      last: z.number().exactOptional(),
      sample: z.string(),
    }),
  ),
  dropped: z.int().min(0),
  unread: remarks,
  lost: remarks,
  files: z.int().min(0),
  bytes: z.int().min(0),
});

/** RHEL 8 has no python3 in the PATH unless somebody installed one, but always its own. */
const launch = `
for python in python3 /usr/libexec/platform-python; do
  command -v "$python" >/dev/null 2>&1 || continue
  set -- "$python" -I -S -c 'import sys
read = sys.stdin.buffer
exec(compile(read.read(int(read.readline())), "scan-logs", "exec"))'
  command -v ionice >/dev/null 2>&1 && set -- ionice -c 3 -t "$@"
  command -v nice >/dev/null 2>&1 && set -- nice -n 19 "$@"
  exec "$@"
done
exit 127`;

/** One text for Python, each using what stands in those before. */
const parts = ['scan', 'sources', 'candidates', 'lines', 'records', 'names', 'files'];
let script: string | undefined;

/**
 * Reads what was written to logs since the last scan, and groups the errors in it. Nothing is changed on the host, and
 * the same request gives the same findings again: a scan counts once its cursors are kept.
 *
 * `deadline` in seconds, default 600.
 *
 * @throws Fault ToolMissing without Python 3 on the host; CommandFailed where the script fails or its answer is cut
 *   off; and what Host.run throws
 */
export async function scanLogs(
  host: Host,
  request: LogScanRequest,
  { deadline = 600 }: { readonly deadline?: number } = {},
): Promise<LogScan> {
  const relative = request.globs.find((glob) => !glob.startsWith('/'));
  if (relative !== undefined) throw new Fault('InvalidInput', `the path of logs has to be absolute: ${relative}`);
  script ??= parts.map((part) => readFileSync(new URL(`scripts/${part}.py`, import.meta.url), 'utf8')).join('\n\n');
  // On stdin, and not as an argument: SSH servers need take no more than 32 KiB of a command (RFC 4253, 6.1).
  const text = Buffer.from(script);
  const result = await host.run(['sh', '-c', launch, 'stackhand'], {
    input: Buffer.concat([Buffer.from(`${String(text.length)}\n`), text, Buffer.from(JSON.stringify(request))]),
    deadline,
    maxOutput: 32 * 1024 * 1024,
  });
  if (result.exitCode !== 0) throw scanFailed(host, result);
  return parseAnswer(host, result);
}

function parseAnswer(host: Host, result: RunResult): LogScan {
  let document: unknown;
  try {
    document = JSON.parse(result.stdout);
  } catch {
    document = undefined;
  }
  const parsed = answer.safeParse(document);
  if (parsed.success) return parsed.data;
  const why = result.truncated ? 'it is too long' : z.prettifyError(parsed.error).slice(0, 500);
  throw new Fault('CommandFailed', `the answer of the log scan on ${host.name} can't be read: ${why}`, {
    where: host.name,
  });
}

function scanFailed(host: Host, { exitCode, stderr }: RunResult): Fault {
  const output = stderr.trim().slice(-2000);
  const details = output === '' ? { where: host.name } : { where: host.name, output };
  if (exitCode === 127)
    return new Fault('ToolMissing', `there is no Python 3 on ${host.name}: its logs can't be read without it`, {
      ...details,
      remedy: 'install python3 on the host',
    });
  const last = output.split('\n').at(-1) || 'it said nothing';
  return new Fault('CommandFailed', `the log scan on ${host.name} ended with code ${exitCode}: ${last}`, details);
}
