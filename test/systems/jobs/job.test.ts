import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { followJob, listJobs, removeJobs, startJob, stopJob, type JobProgress } from '../../../src/systems/jobs/job.ts';
import { loadScript, type Script } from '../../../src/systems/jobs/script.ts';
import { eventually, localHost, scratch } from './support/local.ts';

// Real processes, on machines that may be busy with other tests.
jest.setTimeout(90_000);

const host = localHost();
const { directory, paths, remove } = scratch();
const operations: string[] = [];

afterAll(async () => {
  await Promise.all(operations.map((operation) => stopJob(host, paths, { operation })));
  remove();
}, 60_000);

const library = loadScript('lib', ['checks']).text;
const payload = (text: string): Script => ({ name: 'test', text: `${library}\n${text}` });

/** A ref of its own, and where its job keeps its files. */
function aJob(step = 'archive-vda.1'): { ref: { operation: string; step: string }; files: string } {
  const ref = { operation: randomUUID(), step };
  operations.push(ref.operation);
  return { ref, files: join(paths.run, 'jobs', ref.operation, step) };
}

const isThere = (pid: number): boolean => {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
  return !/\) [ZX]/.test(stat);
};

const pidIn = (file: string): number => Number(readFileSync(file, 'utf8').split(' ')[0]);

/** The processes that carry this job in their environment. */
function processesOf(files: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`JOB=${files}`) && isThere(pid);
      } catch {
        return false;
      }
    });
}

describe('a job', () => {
  test('runs on its own with its environment, and says what came of it', async () => {
    const { ref, files } = aJob();
    const value = 'two words; $(touch /tmp/no) "quoted" \\ \n new line';
    expect(
      await startJob(host, paths, ref, payload('result where "$PWD"; printf %s "$VALUE" >"$JOB/value"'), {
        VALUE: value,
      }),
    ).toBe('started');
    expect(await followJob(host, paths, ref)).toEqual({ state: 'done', result: { where: '/' } });
    expect(readFileSync(join(files, 'value'), 'utf8')).toBe(value);
    expect(statSync(files).mode & 0o777).toBe(0o700);
    expect(await listJobs(host, paths)).toContainEqual({ ref, status: 'done' });
  });

  test('is started once by ten starts at the same time', async () => {
    const { ref } = aJob();
    const log = join(directory, 'starts');
    const text = payload(`echo $$ >>${log}; sleep 1`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => startJob(host, paths, ref, text, {})));
    expect(answers.sort()).toEqual([...Array<string>(9).fill('attached'), 'started']);
    await followJob(host, paths, ref);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(await startJob(host, paths, ref, text, {})).toBe('attached');
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('is started by the next start when one was killed half way', async () => {
    const { ref, files } = aJob();
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, 'job.sh'), 'echo half a scr');
    writeFileSync(join(files, 'run.sh.new'), 'half');
    expect(await startJob(host, paths, ref, payload('result ok yes'), {})).toBe('started');
    expect(await followJob(host, paths, ref)).toMatchObject({ result: { ok: 'yes' } });
  });

  test('does not start from a script that arrived in part', async () => {
    const { ref, files } = aJob();
    const cut: typeof host = {
      ...host,
      run: (argv, options) => host.run(argv, { ...options, input: (options?.input as Buffer).subarray(0, -5) }),
    };
    await expect(startJob(cut, paths, ref, payload('true'), {})).rejects.toMatchObject({ type: 'CommandFailed' });
    expect(existsSync(files)).toBe(false);
  });

  test('goes on when who follows it goes away, and is followed again from where it is', async () => {
    const { ref, files } = aJob();
    const go = join(directory, 'go-on');
    await startJob(
      host,
      paths,
      ref,
      payload(`progress 1 3; until [[ -e ${go} ]]; do sleep 0.05; done; progress 3 3; result r 'a b'`),
      {},
    );
    const pid = pidIn(join(files, 'pid'));
    const away = new AbortController();
    const seen: JobProgress[] = [];
    const first = followJob(host, paths, ref, { signal: away.signal, onProgress: (progress) => seen.push(progress) });
    await eventually('progress is seen', () => seen.length > 0);
    away.abort(new Error('worker gone'));
    await expect(first).rejects.toThrow('worker gone');
    expect(seen).toEqual([{ done: 1, total: 3 }]);
    expect(isThere(pid)).toBe(true);
    writeFileSync(go, '');
    const later: JobProgress[] = [];
    expect(await followJob(host, paths, ref, { onProgress: (progress) => later.push(progress) })).toEqual({
      state: 'done',
      result: { r: 'a b' },
    });
    expect(later.at(-1)).toEqual({ done: 3, total: 3 });
  });

  test('outlives the session that started it', async () => {
    const { ref, files } = aJob();
    await startJob(host, paths, ref, payload('sleep 60'), {});
    const [, , , , , session] = readFileSync(`/proc/${pidIn(join(files, 'pid'))}/stat`, 'utf8').split(' ');
    const [, , , , , mine] = readFileSync('/proc/self/stat', 'utf8').split(' ');
    expect(session).not.toBe(mine);
    await stopJob(host, paths, ref);
  });

  test('says when its source has been read, while it still works', async () => {
    const { ref } = aJob();
    await startJob(host, paths, ref, payload('progress 5 5 read; progress 4 5; sleep 60'), {});
    const seen: JobProgress[] = [];
    expect(await followJob(host, paths, ref, { until: 'read', onProgress: (one) => seen.push(one) })).toEqual({
      state: 'read',
    });
    expect(seen.at(-1)?.read).toBe(true);
    await stopJob(host, paths, ref);
  });
});

describe('a job that fails', () => {
  test('throws the first fault it named', async () => {
    const { ref } = aJob();
    await startJob(
      host,
      paths,
      ref,
      payload("echo tar: disk.img: Read error; (fail SourceUnreadable 'disk.img: Read error'); fail JobFailed later"),
      {},
    );
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({
      type: 'SourceUnreadable',
      message: 'disk.img: Read error',
      details: { where: 'here', output: expect.stringContaining('tar: disk.img') },
    });
  });

  test('is a JobFailed with its last words when it named none, or none that there is', async () => {
    for (const text of ['echo it broke >&2; exit 3', "fault NoSuchFault 'x'; echo it broke; exit 3"]) {
      const { ref } = aJob();
      await startJob(host, paths, ref, payload(text), {});
      await expect(followJob(host, paths, ref)).rejects.toMatchObject({
        type: 'JobFailed',
        message: expect.stringContaining('it broke'),
      });
    }
  });

  test('leaves nothing of its process group behind', async () => {
    const { ref, files } = aJob();
    await startJob(host, paths, ref, payload("(trap '' TERM HUP; sleep 300) & sleep 300 & exit 2"), {});
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobFailed' });
    await eventually('its processes are gone', () => processesOf(files).length === 0);
  });

  test('is lost when it was never started, or was killed', async () => {
    await expect(followJob(host, paths, aJob().ref)).rejects.toMatchObject({ type: 'JobLost' });
    const { ref, files } = aJob();
    await startJob(host, paths, ref, payload('kill -KILL $$'), {});
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost' });
    expect(await startJob(host, paths, ref, payload('true'), {})).toBe('attached');
    expect(existsSync(join(files, 'exit'))).toBe(true);
  });

  test('is lost when its runner was killed, and a stop ends what the runner left', async () => {
    const { ref, files } = aJob();
    await startJob(host, paths, ref, payload('sleep 300'), {});
    await eventually('the payload runs', () => processesOf(files).length >= 3);
    process.kill(pidIn(join(files, 'pid')), 'SIGKILL');
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost' });
    expect(processesOf(files).length).toBeGreaterThan(0);
    await stopJob(host, paths, ref);
    expect(processesOf(files)).toEqual([]);
  });

  test('is lost, not mistaken for another, when its pid was reused or the host rebooted', async () => {
    const { ref, files } = aJob();
    await startJob(host, paths, ref, payload('sleep 300'), {});
    const file = join(files, 'pid');
    const [pid, start, boot] = readFileSync(file, 'utf8').trim().split(' ');
    for (const other of [`${pid} ${Number(start) + 1} ${boot}`, `${pid} ${start} ${randomUUID()}`]) {
      writeFileSync(file, `${other}\n`);
      await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost' });
      expect(await listJobs(host, paths)).toContainEqual({ ref, status: 'lost' });
    }
    await stopJob(host, paths, ref);
    expect(processesOf(files)).toEqual([]);
  });
});

describe('stopping', () => {
  test('ends children that ignore TERM or have left the process group, and waits for it', async () => {
    const { ref, files } = aJob();
    await startJob(
      host,
      paths,
      ref,
      payload("(trap '' TERM; sleep 300; sleep 300) & setsid sleep 300 & sleep 300"),
      {},
    );
    await eventually('all of it runs', () => processesOf(files).length >= 6);
    await stopJob(host, paths, ref);
    expect(processesOf(files)).toEqual([]);
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost', message: /was stopped/ });
    await stopJob(host, paths, ref);
  });

  test('of an operation ends all of its jobs and no other', async () => {
    const { ref: first, files } = aJob('one');
    const { ref: other, files: otherFiles } = aJob('one');
    await startJob(host, paths, first, payload('sleep 300'), {});
    await startJob(host, paths, { ...first, step: 'two' }, payload('sleep 300'), {});
    await startJob(host, paths, other, payload('sleep 300'), {});
    await stopJob(host, paths, { operation: first.operation });
    expect(processesOf(files)).toEqual([]);
    expect(processesOf(files.replace(/one$/, 'two'))).toEqual([]);
    expect(processesOf(otherFiles).length).toBeGreaterThan(0);
    await stopJob(host, paths, other);
  });

  test('keeps what had ended well', async () => {
    const { ref } = aJob();
    await startJob(host, paths, ref, payload('result digest abc'), {});
    await followJob(host, paths, ref);
    await stopJob(host, paths, ref);
    expect(await followJob(host, paths, ref)).toEqual({ state: 'done', result: { digest: 'abc' } });
  });

  test('comes before a late start, also after the directories are gone', async () => {
    const { ref, files } = aJob();
    await stopJob(host, paths, ref);
    await expect(startJob(host, paths, ref, payload('true'), {})).rejects.toMatchObject({ type: 'JobLost' });
    const sibling = { ...ref, step: 'other' };
    expect(await startJob(host, paths, sibling, payload('sleep 300'), {})).toBe('started');
    await removeJobs(host, paths, ref.operation);
    expect(existsSync(files)).toBe(false);
    expect(processesOf(files.replace(/[^/]+$/, 'other'))).toEqual([]);
    await expect(startJob(host, paths, sibling, payload('true'), {})).rejects.toMatchObject({ type: 'JobLost' });
    expect((await listJobs(host, paths)).filter((job) => job.ref.operation === ref.operation)).toEqual([]);
  });

  test('and starting at the same time end with nothing that runs', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { ref, files } = aJob();
      const [started] = await Promise.allSettled([
        startJob(host, paths, ref, payload('sleep 300'), {}),
        stopJob(host, paths, ref),
      ]);
      if (started.status === 'rejected') expect(started.reason).toMatchObject({ type: 'JobLost' });
      await eventually('nothing runs', () => processesOf(files).length === 0, 3);
    }
  });
});

describe('names', () => {
  test.each(['../../etc', 'a b', '', '.x', 'a/b', 'x'.repeat(101)])('%j is no step', async (step) => {
    await expect(startJob(host, paths, { operation: 'o', step }, payload('true'), {})).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });

  test('run directories are plain and absolute', async () => {
    for (const run of ['run', '/run/a b', '/run/$(x)', '/run/../etc', '/run/%i']) {
      await expect(listJobs(host, { ...paths, run })).rejects.toMatchObject({ type: 'ConfigInvalid' });
    }
  });
});
