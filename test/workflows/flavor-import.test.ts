import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditLine } from '../../src/contracts/audit.ts';
import type { FlavorImportResult } from '../../src/contracts/flavor.ts';
import type { Ledger, Report } from '../../src/contracts/operation.ts';
import { handlers } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

type Ended = Report<FlavorImportResult> & { workflowId: string };

/** Flavors, as operators make them: the CLI and a worker against the practice cloud. */
describe('flavors', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 0, hosts: 1 });
      return { clouds: cloud.ready.clouds, cloud: 'practice' };
    },
    { standing: true },
  );
  beforeEach(async () => {
    await cloud.faults();
    await program.ensureWorker();
  });
  afterAll(() => cloud.stop());

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(program.directory, name);
    await writeFile(path, text);
    return path;
  };
  const effects = async (name: string): Promise<string[]> =>
    (await cloud.effects()).filter((effect) => effect.name === name).map(({ action }) => action);
  const flavors = async () =>
    (
      await program.json<{
        flavors: { id: string; name: string; ram: number; properties: object; projects: string[] }[];
      }>('flavor', 'export')
    ).flavors;
  const flavor = async (name: string) => (await flavors()).find((each) => each.name === name);

  test('one is made whole, with its properties and the projects that may use it; the same again is left alone', async () => {
    const create = ['flavor', 'create', 'db', '--vcpus', '2', '--ram', '4G', '--disk', '20', '--private'];
    const options = ['--project', 'project1', '--property', 'hw:cpu_policy=dedicated'];
    expect(await program.json<Ended>(...create, ...options)).toMatchObject({ exitCode: 0, outcome: 'done' });
    expect(await flavor('db')).toMatchObject({
      ram: 4096,
      properties: { 'hw:cpu_policy': 'dedicated' },
      projects: [expect.stringMatching(/^[0-9a-f]{32}$/)],
    });
    expect(await program.json<Ended>(...create, ...options)).toMatchObject({
      exitCode: 0,
      summary: 'Nothing to do: 1 flavor there already',
    });
    expect(await effects('db')).toEqual(['create flavor', 'set flavor properties', 'allow flavor']);
    const other = await program.json<Ended>('flavor', 'create', 'db', '--vcpus', '4', '--ram', '4G', '--disk', '20');
    expect(other).toMatchObject({
      exitCode: 3,
      result: { changes: [{ why: expect.stringContaining('vcpus 2, wanted 4') }] },
    });
    // MySQL, below most Novas, takes the two names for one.
    const alike = await program.json<Ended>('flavor', 'create', 'DB', '--vcpus', '2', '--ram', '4G', '--disk', '20');
    expect(alike).toMatchObject({
      exitCode: 3,
      result: { changes: [{ why: 'its name differs from flavor db only in case' }] },
    });
    expect(await effects('DB')).toEqual([]);
    const wrong = await program.run(['flavor', 'create', 'x', '--vcpus', '0', '--ram', 'much']);
    expect(wrong).toMatchObject({ exitCode: 2 });
    for (const part of ['disk is missing', 'vcpus 0', 'ram much']) expect(wrong.stderr).toContain(part);
  });

  test('the audit trail says of each under which requests it was changed, and what it was before and is now', async () => {
    const create = ['flavor', 'create', 'traced', '--vcpus', '2', '--ram', '4G', '--disk', '20'];
    await program.json<Ended>(...create, '--property', 'a=1');
    const path = await file('traced.yaml', 'flavors: [{name: traced, vcpus: 4, ram: 4096, disk: 20}]');
    const replaced = await program.json<Ended>('flavor', 'import', path, '--replace', '--yes');
    expect(replaced).toMatchObject({ exitCode: 0, outcome: 'done' });
    const { stdout } = await program.run(['audit', 'export']);
    const lines = stdout
      .split('\n')
      .filter((line) => line.includes('"object":"traced"'))
      .map((line) => JSON.parse(line) as AuditLine);
    const { id = '' } = (await flavor('traced')) ?? {};
    const asked = (await cloud.effects()).filter(({ name }) => name === 'traced').map(({ requestId }) => requestId);
    expect(lines).toEqual([
      expect.objectContaining({ ...{ event: 'done', id }, after: '2 vCPUs, 4096 MB, 20 GB disk' }),
      expect.objectContaining({ ...{ event: 'done', id }, before: 'vcpus 2', after: 'vcpus 4' }),
    ]);
    expect(lines.flatMap(({ requestIds = [] }) => requestIds)).toEqual(asked);
  });

  test('on a terminal without anything said it asks, field by field, and again where the answer will not do', async () => {
    const asked: string[] = [];
    const answers = ['asked', '0', '2', '1G', '10', '', '', 'yes'];
    expect(await program.run(['flavor', 'create'], { asked, answers })).toMatchObject({ exitCode: 0 });
    expect(asked[2]).toContain('0 will not do: expected a whole number from 1');
    expect(await flavor('asked')).toMatchObject({ vcpus: 2, ram: 1024, disk: 10, ephemeral: 0, swap: 0 });
  });

  test('a file: the plan first, then what is missing; one that fails stops no other; drift is told', async () => {
    const path = await file(
      'many.yaml',
      'flavors:\n' +
        '  - {name: new1, vcpus: 1, ram: 64, disk: 1}\n' +
        '  - {name: m1.tiny, vcpus: 1, ram: 1024, disk: 1}\n' +
        '  - {name: m1.small, vcpus: 1, ram: 2048, disk: 20}\n' +
        '  - {name: refused, vcpus: 1, ram: 64, disk: 1, properties: {"a:b": c}}\n' +
        '  - {name: new2, vcpus: 1, ram: 64, disk: 1, id: "42"}\n',
    );
    const planned = await program.json<Ended>('flavor', 'import', path, '--plan-only');
    expect(planned).toMatchObject({ exitCode: 0, summary: '3 flavors to create, 1 there already, 1 different' });
    expect(await flavors()).not.toEqual(expect.arrayContaining([expect.objectContaining({ name: 'new1' })]));
    const waiting = await program.begin('flavor', 'import', path);
    const handle = program.temporal.client.workflow.getHandle(waiting);
    await until('it waits', async () => (await handle.query<Ledger>(handlers.ledger)).phase === 'waiting');
    await cloud.faults({ match: 'POST .*os-extra_specs', status: 400 });
    const seen = await program.run(['operation', 'approve', waiting, '--yes']);
    expect(seen.stderr).toContain('Create new1: 1 vCPU, 64 MB, 1 GB disk');
    expect(seen.stderr).toContain('Leave m1.tiny: there, and different: ram 512, wanted 1024');
    const report = (await handle.result()) as Ended;
    expect(report).toMatchObject({ outcome: 'partial', failure: { type: 'FlavorsFailed' } });
    expect(report.summary).toBe('2 of 3 flavors done in practice, 1 failed, 1 not as wanted');
    // Never left half made.
    expect(await flavor('refused')).toBeUndefined();
    expect(await effects('refused')).toEqual(['create flavor', 'delete flavor']);
    expect(await flavor('new2')).toMatchObject({ id: '42' });
  });

  test('only --replace acts on drift, and not on a flavor that servers use, unless that was said', async () => {
    await program.json('flavor', 'create', 'grow', '--vcpus', '1', '--ram', '64', '--disk', '1', '--property', 'a=b');
    const before = await flavor('grow');
    const [server = ''] = await cloud.addServers({ name: 'user' });
    await cloud.control('PATCH', `/servers/${server}`, {
      flavor: { name: 'grow', vcpus: 1, ram: 64, disk: 1, ephemeral: 0, extraSpecs: {} },
    });
    const path = await file('grow.txt', 'grow 2 128 1 0\n');
    const used = await program.json<Ended>('flavor', 'import', path, '--replace', '--yes');
    expect(used).toMatchObject({
      exitCode: 3,
      result: { changes: [{ why: expect.stringContaining('servers use it') }] },
    });
    const done = await program.json<Ended>('flavor', 'import', path, '--replace', '--even-in-use', '--yes');
    expect(done).toMatchObject({ exitCode: 0, outcome: 'done' });
    // What the file does not say stays.
    expect(await flavor('grow')).toEqual({ ...before, vcpus: 2, ram: 128 });
  });

  test('a replacement that fails half way puts back what was there', async () => {
    await program.json('flavor', 'create', 'keeps', '--vcpus', '1', '--ram', '64', '--disk', '1', '--property', 'a=b');
    const before = await flavor('keeps');
    await cloud.faults({ match: 'POST /compute/v2.1/flavors$', status: 403, times: 1 });
    const path = await file('keeps.txt', 'keeps 4 128 1 0\n');
    const failed = await program.json<Ended>('flavor', 'import', path, '--replace', '--yes');
    expect(failed).toMatchObject({
      exitCode: 1,
      result: { outcomes: [{ why: expect.stringContaining('it is as it was before') }] },
    });
    expect(await flavor('keeps')).toEqual(before);
  });

  test.each([['yaml'], ['json'], ['csv']])('an export as %s is imported without anything to do', async (format) => {
    const path = join(program.directory, `all.${format}`);
    await program.run(['flavor', 'export', '--out', path]);
    expect((await readFile(path, 'utf8')).length).toBeGreaterThan(100);
    const again = await program.json<Ended>('flavor', 'import', path, '--yes');
    expect(again).toMatchObject({
      exitCode: 0,
      summary: expect.stringMatching(/^Nothing to do: \d+ flavors there already$/),
    });
  });
});
