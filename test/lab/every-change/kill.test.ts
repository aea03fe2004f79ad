import { describe, expect, test } from '@jest/globals';
import { effects, labs, look, nothingLeft, on } from '../support/lab.ts';
import { useSite } from '../support/site.ts';

describe.each(labs)('on the $name hypervisor', (lab) => {
  const site = useSite(lab);

  /** Process ids of the archive's job runners. */
  const runners = async (): Promise<string> => on(lab, 'cat /run/stackhand/jobs/*/archive-*/pid 2>/dev/null; true');

  test('a worker killed in the middle of the archive loses nothing: the next one re-attaches to the same job', async () => {
    const first = await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    const job = await runners();
    await site.kill(first);
    expect(await runners()).toBe(job);
    await site.startWorker();
    expect(await site.ended(id)).toBe('COMPLETED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect((await site.scheduled(id)).filter((name) => name === 'archive')).toHaveLength(1);
  });

  test('a cancel in the middle of the archive puts the VM back and removes what is half', async () => {
    await site.startWorker();
    const before = await look(lab, 'web01');
    const id = await site.beginArchiving('web01');
    await site.cli('operation', 'cancel', id);
    expect(await site.ended(id)).toBe('CANCELLED');
    const after = await look(lab, 'web01');
    expect(after).toMatchObject({ vm: 'running', ...nothingLeft });
    expect(effects(before, after)).toEqual([1, 1]);
    expect(after.backups).toEqual(before.backups);
  });
});
