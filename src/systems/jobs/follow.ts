import { Fault, isFaultType } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { jobDirectory, type JobRef } from './job-ref.ts';
import type { HostPaths } from './paths.ts';
import { loadScript, runScript } from './script.ts';

/** Bytes; `read`: the source has been read whole. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  readonly read?: boolean;
}

export interface JobOutcome {
  readonly state: 'done';
  /** What the payload noted with `result KEY VALUE`. */
  readonly result: Readonly<Record<string, string>>;
}

export interface FollowOptions {
  readonly onProgress?: (progress: JobProgress) => void;
  /** Only detaches: the job goes on. */
  readonly signal?: AbortSignal;
  readonly until?: 'read' | 'end';
}

const script = loadScript('job-follow', ['checks', 'call', 'format', 'processes']);

/** One remote command lasts this long at most; then it is opened again. */
const roundSeconds = 540;
/** The script says something every 10 seconds: a connection that is silent for longer is dead. */
const silenceSeconds = 90;

/**
 * Waits for a job over one streaming command. With `until: 'read'` it returns as soon as the source has been read
 * whole (the job goes on), if the job has not ended by then.
 *
 * @throws the Fault that the payload named; JobFailed for a failure without a name; JobLost when there is no such job,
 * it was stopped, killed, or its host rebooted; HostUnreachable when the connection fell silent.
 */
export async function followJob(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  options: FollowOptions = {},
): Promise<JobOutcome | { readonly state: 'read' }> {
  const args = [jobDirectory(paths, ref), options.until ?? 'end', String(roundSeconds)];
  for (;;) {
    const said = await followOnce(host, args, options);
    if (said.state === 'again') continue;
    if (said.state === 'done') return { state: 'done', result: Object.fromEntries(said.result) };
    if (said.state === 'read') return { state: 'read' };
    throw faultOf(said, ref, host);
  }
}

/** What the script said, by the first word of each line. */
interface Said {
  state: 'again' | 'done' | 'read' | 'failed' | 'lost' | 'absent' | undefined;
  readonly result: [string, string][];
  fault: string | undefined;
  code: number;
  stopped: boolean;
  readonly message: string[];
  readonly output: string[];
}

async function followOnce(host: Host, args: readonly string[], options: FollowOptions): Promise<Said> {
  const said: Said = {
    state: undefined,
    result: [],
    fault: undefined,
    code: 0,
    stopped: false,
    message: [],
    output: [],
  };
  const silence = new AbortController();
  const silent = (): void =>
    silence.abort(
      new Fault('HostUnreachable', `${host.name} has been silent for ${silenceSeconds} s while a job was followed`, {
        where: host.name,
      }),
    );
  let timer = setTimeout(silent, silenceSeconds * 1000);
  try {
    await runScript(host, script, args, {
      deadline: roundSeconds + 60,
      signal: options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]),
      onLine(line) {
        clearTimeout(timer);
        timer = setTimeout(silent, silenceSeconds * 1000);
        hear(line, said, options);
      },
    });
  } finally {
    clearTimeout(timer);
  }
  if (said.state === undefined) {
    throw new Fault('CommandFailed', `following a job on ${host.name} ended without an answer`, { where: host.name });
  }
  return said;
}

function hear(line: string, said: Said, options: FollowOptions): void {
  const blank = line.indexOf(' ');
  const word = blank === -1 ? line : line.slice(0, blank);
  const rest = blank === -1 ? '' : line.slice(blank + 1);
  switch (word) {
    case 'progress': {
      const match = /^(\d+) (\d+)( read)?$/.exec(rest);
      if (match === null) return;
      const progress = { done: Number(match[1]), total: Number(match[2]) };
      options.onProgress?.(match[3] === undefined ? progress : { ...progress, read: true });
      return;
    }
    case 'result': {
      const [key = ''] = rest.split(' ', 1);
      said.result.push([key, rest.slice(key.length + 1)]);
      return;
    }
    case 'fault':
      said.fault = rest;
      return;
    case 'code':
      said.code = Number(rest);
      return;
    case 'stopped':
      said.stopped = true;
      return;
    case 'message':
    case 'output':
      said[word].push(rest);
      return;
    case 'again':
    case 'done':
    case 'read':
    case 'failed':
    case 'lost':
    case 'absent':
      said.state = word;
  }
}

function faultOf(said: Said, ref: JobRef, host: Host): Fault {
  const output = said.output.join('\n').trim();
  const details = output === '' ? { where: host.name } : { where: host.name, output };
  if (isFaultType(said.fault)) return new Fault(said.fault, said.message.join(' '), details);
  const job = `job ${ref.step} on ${host.name}`;
  if (said.stopped) return new Fault('JobLost', `${job} was stopped`, details);
  if (said.state === 'absent') return new Fault('JobLost', `there is no ${job}`, details);
  if (said.state === 'lost') {
    return new Fault('JobLost', `${job} is gone without a result: it was killed, or the host rebooted`, details);
  }
  if (said.code > 128) return new Fault('JobLost', `${job} was killed by signal ${said.code - 128}`, details);
  const last = output.split('\n').at(-1);
  return new Fault('JobFailed', `${job} ended with code ${said.code}${last === '' ? '' : `: ${last}`}`, details);
}
