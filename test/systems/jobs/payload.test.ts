import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { followJob, startJob, stopJob, type JobProgress, type JobRef } from '../../../src/systems/jobs/job.ts';
import { loadScript, type Script } from '../../../src/systems/jobs/script.ts';
import { localHost, scratch } from './support/local.ts';
import { standInVirsh } from './support/stand-in-virsh.ts';

// Real processes, on machines that may be busy with other tests.
jest.setTimeout(90_000);

const host = localHost();
const { directory, paths, remove } = scratch();
const refs: JobRef[] = [];

afterAll(async () => {
  await Promise.all(refs.map((ref) => stopJob(host, paths, ref)));
  remove();
}, 60_000);

const library = loadScript('lib', ['checks']).text;
const payload = (text: string): Script => ({ name: 'test', text: `${library}\n${text}` });

async function run(text: string, env: Record<string, string> = {}, seen?: JobProgress[]): Promise<unknown> {
  const ref = { operation: randomUUID(), step: 'archive-vda' };
  refs.push(ref);
  await startJob(host, paths, ref, payload(text), env);
  const outcome = await followJob(host, paths, ref, { onProgress: (one) => seen?.push(one) });
  return 'result' in outcome ? outcome.result : outcome;
}

describe('a pipeline', () => {
  test('has an exit status for each of its processes', async () => {
    expect(
      await run(`mkfifo "$JOB/stream"
(exit 3) & started reader
bash -c 'exit 0' & started writer
kill -KILL $BASHPID & started killed
collect
result statuses "\${status[reader]} \${status[writer]} \${status[killed]}"`),
    ).toEqual({ statuses: '3 0 137' });
  });

  test('is watched by what it reads, and the source is read before the rest has ended', async () => {
    const source = join(directory, 'source');
    writeFileSync(source, Buffer.alloc(3_000_000));
    const seen: JobProgress[] = [];
    await run(
      `mkfifo "$JOB/stream"
(head -c 1000000; pause 1.2; cat) <"$SOURCE" | cat >"$JOB/stream" & 
dd of="$JOB/copy" bs=1M status=none <"$JOB/stream" & started dd
watch dd 3000000
pause 2
collect dd
progress 3000000 3000000 read
unwatch`,
      { SOURCE: source },
      seen,
    );
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
    expect(seen.some(({ done }) => done >= 1_000_000 && done < 1_100_000)).toBe(true);
    expect(seen.at(-1)).toEqual({ done: 3_000_000, total: 3_000_000, read: true });
    expect(seen.filter(({ read }) => read)).toHaveLength(1);
  });

  test('is killed with the reason of the check that is lost, and what the payload says later changes nothing', async () => {
    const gone = join(directory, 'gone');
    writeFileSync(gone, '');
    const started = Date.now();
    await expect(
      run(
        // The clock of the checks is moved, so that the test needn't wait for one.
        `check() { [[ -e $1 ]] && return 0; lost_type=ShareLost; lost_why="no $1"; return 1; }
rm ${gone}
sleep 100 & started sleep
SECONDS=0
pause() { read -r -t "$1" -u "$never" _; SECONDS=$((SECONDS + 20)); }
watch sleep 100 check ${gone}
collect
fail SourceUnreadable 'a consequence'`,
      ),
    ).rejects.toMatchObject({ type: 'ShareLost', message: `no ${gone}` });
    expect(Date.now() - started).toBeLessThan(8000);
  });
});

describe('checks', () => {
  test('only "shut off" is off; no answer is no answer', async () => {
    const virsh = standInVirsh(join(directory, 'virsh'));
    const ask = (): Promise<unknown> =>
      run('domain_is_off web01; result code $?; result why "$lost_why"', { PATH: virsh.env['PATH']! });
    for (const state of ['running', 'in shutdown', 'paused', 'crashed']) {
      virsh.set(state);
      expect(await ask()).toEqual({ code: '1', why: `the VM is not shut off but ${state}` });
    }
    virsh.set('shut off');
    expect(await ask()).toEqual({ code: '0', why: '' });
    virsh.refuse(true);
    expect(await ask()).toMatchObject({ code: '2', why: expect.stringContaining('failed to connect') });
  });

  test('a virsh that warns before it answers is understood', async () => {
    const bin = join(directory, 'warns');
    mkdirSync(bin);
    writeFileSync(join(bin, 'virsh'), '#!/bin/bash\necho "warning: locale" >&2\nprintf "shut off\\n\\n"\n');
    chmodSync(join(bin, 'virsh'), 0o755);
    expect(await run('domain_is_off web01; result code $?', { PATH: `${bin}:${process.env['PATH']}` })).toEqual({
      code: '0',
    });
  });

  test('a share that findmnt knows nothing of is lost; a local directory needs no mount', async () => {
    expect(
      await run(`share_is_mounted ${directory} server:/export; result share "$? $lost_type"
share_is_mounted ${directory} ''; result local $?
share_is_mounted ${directory}/none ''; result none $?`),
    ).toEqual({ share: '1 ShareLost', local: '0', none: '1' });
    await expect(run(`enter_share ${directory} ${directory} server:/export`)).rejects.toMatchObject({
      type: 'ShareLost',
      message: `nothing is mounted on ${directory}`,
    });
  });

  test('what findmnt prints is held against what mount was given', async () => {
    const bin = join(directory, 'findmnt');
    mkdirSync(bin);
    writeFileSync(join(bin, 'findmnt'), '#!/bin/bash\nprintf "%s" "$FOUND"\n');
    chmodSync(join(bin, 'findmnt'), 0o755);
    const cases: [found: string, source: string, code: string][] = [
      ['nas:/export', 'nas:/export', '0'],
      ['nas:/export', 'nas:/export/', '0'],
      ['//nas/my\\x20share', '//nas/my share', '0'],
      ['root@nas:/export', 'root@nas:/export', '0'],
      ['other:/x\nnas:/export', 'nas:/export', '0'],
      ['nas:/export\nother:/x', 'nas:/export', '1'],
      ['nas:/exports', 'nas:/export', '1'],
    ];
    for (const [FOUND, SOURCE, code] of cases) {
      const PATH = `${bin}:${process.env['PATH']}`;
      expect(await run(`share_is_mounted ${directory} "$SOURCE"; result code $?`, { FOUND, SOURCE, PATH })).toEqual({
        code,
      });
    }
  });

  test('a command within a deadline is killed at it, and nothing of the payload with it', async () => {
    const pid = join(directory, 'stuck');
    expect(
      await run(`within 1 bash -c "trap '' TERM; echo \\$\\$ >${pid}; sleep 60; sleep 60"; result code $?`),
    ).toEqual({ code: '137' });
    expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}/exe`)).toBe(false);
  });
});
