import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { checkedName, namesOf, type JobRef } from './job-ref.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript, type Script } from './script.ts';

export { followJob } from './follow.ts';
export type { FollowOptions, JobOutcome, JobProgress } from './follow.ts';
export type { JobRef } from './job-ref.ts';

export type JobStatus = 'absent' | 'running' | 'done' | 'failed' | 'lost';

/** The payload scripts/NAME.sh with the library that every payload relies on (lib.sh, checks.sh). */
export function loadPayload(name: string): Script {
  return loadScript(name, ['checks', 'lib']);
}

const run = loadScript('job-run', ['processes']);
const start = loadScript('job-start', ['checks', 'call', 'format', 'processes']);
/** Also left on the host by the guard, which ends jobs by it. */
export const stop = loadScript('job-stop', ['checks', 'call', 'format', 'processes']);
const list = loadScript('job-list', ['call', 'format', 'processes']);

/**
 * Starts a payload on the host as a process of its own, which outlives this connection: a transient systemd service
 * where systemd is the init, else a session of its own. Any number of calls, at once or one after another, start one
 * process: the others return 'attached', also when the job has ended. A host that rebooted has forgotten the job, so
 * the call starts it again.
 *
 * @param env what the payload finds in its environment, beside JOB. No secrets: it is kept in the job's directory.
 * @throws JobLost when the job, or its whole operation, was stopped: a late attempt of a cancelled activity.
 */
export async function startJob(
  host: Host,
  paths: HostPaths,
  ref: JobRef,
  payload: Script,
  env: Readonly<Record<string, string>>,
): Promise<'started' | 'attached'> {
  const jobs = below(paths.run, 'jobs');
  const entries = Object.entries(env).map(([key, value]) => {
    if (!/^[A-Z_][A-Z0-9_]*$/.test(key) || value.includes('\0')) {
      throw new Fault('InvalidInput', `${key} can't be set in the environment of job ${ref.step}`);
    }
    return `${key}=${value}`;
  });
  const input = Buffer.from(payload.text);
  const args = [jobs, ...namesOf(ref), String(input.length), run.text, ...entries];
  const { stdout } = await runScript(host, start, args, { input, deadline: 240 });
  const answer = stdout.trim();
  if (answer === 'started' || answer === 'attached') return answer;
  if (answer !== 'stopped') throw new Fault('CommandFailed', `unexpected answer of job-start: ${answer.slice(0, 200)}`);
  throw new Fault('JobLost', `job ${ref.step} was stopped before, so it does not start again`, { where: host.name });
}

/**
 * Ends a job, or all jobs of an operation: TERM, then KILL, then waits until no process of it is left. A job that is
 * not there is fine, and one that ended keeps its outcome; but none of what is named here ever starts again.
 *
 * A process that SIGKILL can't end, since it waits in the kernel for a dead file server (state D), counts as ended after
 * 5 seconds: it runs no line any more, and only unmounting by force (releaseMount) frees it.
 *
 * @throws CommandTimedOut when another process survives SIGKILL for `seconds`
 */
export async function stopJob(
  host: Host,
  paths: HostPaths,
  what: JobRef | { readonly operation: string },
  seconds = 30,
): Promise<void> {
  const [operation, step] = 'step' in what ? namesOf(what) : [what.operation, ''];
  const args = [below(paths.run, 'jobs'), checkedName(operation), step, String(seconds)];
  await runScript(host, stop, args, { deadline: seconds + 120 });
}

/** Stops what still runs of an operation and removes its directories. Its jobs can't be started again. */
export async function removeJobs(host: Host, paths: HostPaths, operation: string): Promise<void> {
  const args = [below(paths.run, 'jobs'), checkedName(operation), '', '30', 'remove'];
  await runScript(host, stop, args, { deadline: 150 });
}

export async function listJobs(host: Host, paths: HostPaths): Promise<{ ref: JobRef; status: JobStatus }[]> {
  const { stdout } = await runScript(host, list, [below(paths.run, 'jobs')]);
  return Array.from(stdout.matchAll(/^(\S+) (\S+) (absent|running|done|failed|lost)$/gm), (match) => ({
    ref: { operation: match[1]!, step: match[2]! },
    status: match[3] as JobStatus,
  }));
}
