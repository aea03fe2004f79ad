import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { Report } from '../../../src/contracts/operation.ts';
import { JobWatch, archiveJob } from '../../../src/practice/demo/job-files.ts';
import { PracticeSite } from '../../practice/support/site.ts';
import { until } from '../../support/poll.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { useTopology } from './support/topology.ts';
import type { Topology } from './support/topology.ts';

const servers = 80;
type Part = Parameters<Topology['kill']>[0];
const all = ['postgresql', 'temporal', 'worker one', 'worker two'] as const;

/** What is killed at once, one after another; and how fast the archive may be, so that each finds it in its middle. */
const kills: readonly (readonly [what: string, rounds: readonly (readonly Part[])[], bandwidth: string])[] = [
  ['PostgreSQL', [['postgresql']], '768K/s'],
  ['the Temporal server', [['temporal']], '768K/s'],
  ['each worker, one after the other,', [['worker one'], ['worker two']], '384K/s'],
  ['the whole machine', [all], '768K/s'],
];

/**
 * The production topology loses its parts, one after another and all at once, each time in the middle of a backup and of
 * a mass operation. Every part is killed without a word and started again over what it left; nothing is lost.
 */
describe('the production topology', () => {
  let site: PracticeSite;
  let cloud: PracticeCloud;
  let watch: JobWatch | undefined;
  const topology = useTopology(async () => {
    site = await PracticeSite.start();
    cloud = await PracticeCloud.start({ servers: 0, hosts: 5, transition: 1_000 });
    const directory = await scratchDirectory('shared');
    const config = parse(await readFile(site.ready.config, 'utf8')) as object;
    const file = join(directory, 'config.yaml');
    await writeFile(file, stringify({ ...config, records: { directory: join(directory, 'records') } }));
    return { STACKHAND_CONFIG: file, OS_CLIENT_CONFIG_FILE: cloud.ready.clouds, OS_CLOUD: 'practice' };
  });
  afterEach(() => watch?.stop());
  afterAll(async () => {
    await cloud.stop();
    await site.clean();
  }, 60_000);

  test.each(kills)('loses %s in the middle, gets it back, and nothing is lost', async (what, rounds, bandwidth) => {
    watch = new JobWatch(site.ready.runDirectory);
    const before = await site.domain('web01');
    const name = `rack-${what.replaceAll(/\W+/g, '-')}`;
    const ids = await cloud.addServers({ count: servers, name });
    const stops = (): Promise<number[]> => cloud.times(ids, 'stop');
    const stopped = async (): Promise<number> => (await stops()).filter((times) => times > 0).length;
    const archived = (): number => archiveJob(site.ready.runDirectory)?.done ?? 0;
    const inTheMiddle = async (): Promise<boolean> => {
      const job = archiveJob(site.ready.runDirectory);
      const count = await stopped();
      return job !== undefined && job.done > 0 && job.done < job.total && count > 0 && count < servers;
    };

    const backup = await topology.begin(
      ...['vm', 'backup', 'web01', '--host', 'practice', '--shutdown', '--bandwidth', bandwidth],
    );
    const stop = await topology.begin('server', 'stop', '--name', name, '--yes', '--parallel', '6');

    await until('the archive is under way', () => archived() > 0, 60);
    for (const parts of rounds) {
      const already = await stopped();
      await until('both go on', async () => (await inTheMiddle()) && (await stopped()) >= already + 5, 60);
      for (const part of parts) await topology.kill(part);
      expect(await inTheMiddle()).toBe(true);
      if (parts.some((part) => !part.startsWith('worker')))
        await until('Temporal is away', async () => !(await topology.serves()), 30);
      const then = archived();
      await until('the host goes on by itself', () => archived() > then + 1_000_000, 60);
      // In the order in which they need one another.
      for (const part of all) if (parts.includes(part)) await topology.start(part);
    }

    const handle = (id: string) => topology.client.workflow.getHandle(id);
    const ended = async (id: string): Promise<Report> => {
      const open = async (): Promise<boolean> => (await handle(id).describe()).status.name === 'RUNNING';
      await until(`${id} ends`, async () => !(await open().catch(() => true)), 120);
      return (await handle(id).result()) as Report;
    };
    expect(await ended(stop)).toMatchObject({
      outcome: 'done',
      summary: `${String(servers)} of ${String(servers)} servers stopped`,
    });
    expect(await stops()).toEqual(ids.map(() => 1));
    expect(await ended(backup)).toMatchObject({ outcome: 'done' });
    // One process from its begin to its end: nothing was archived twice.
    expect([...(watch?.processes ?? [])]).toHaveLength(1);
    const after = await site.domain('web01');
    expect(after).toMatchObject({ state: 'running', starts: before.starts + 1, stops: before.stops + 1 });
    expect(await site.ask('GET /state')).toMatchObject({ mounts: [], processes: [] });
    for (const part of all) expect([part, topology.runs(part)]).toEqual([part, true]);
    const verified = await topology.json<Report>('vm', 'verify', 'web01', '--host', 'practice');
    expect(verified).toMatchObject({ outcome: 'done' });
    expect(await site.ask('GET /state')).toMatchObject({ mounts: [] });
  });
});
