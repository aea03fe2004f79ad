import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { FlavorImportResult } from '../../../src/contracts/flavor.ts';
import type { Report } from '../../../src/contracts/operation.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import { until } from '../../support/poll.ts';
import { cloudEnv, labCloud } from '../support/openstack.ts';

type Ended = Report<FlavorImportResult> & { workflowId: string; exitCode: number | undefined };

interface Shown {
  readonly name: string;
  readonly ram: number;
  readonly vcpus: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly access_project_ids: readonly string[] | null;
}

/** The same promises on a real Nova, looked at with its own command line. */
describe('flavors of a real cloud', () => {
  const program = useCloudProgram(() => Promise.resolve({ clouds: labCloud.clouds, cloud: labCloud.admin }));
  const openstack = async (...args: string[]): Promise<string> =>
    (await execa('openstack', args, { env: cloudEnv })).stdout;
  const names = async (): Promise<string[]> =>
    (await openstack('flavor', 'list', '--all', '-f', 'value', '-c', 'Name')).split('\n');
  const shown = async (name: string): Promise<Shown> =>
    JSON.parse(await openstack('flavor', 'show', name, '-f', 'json')) as Shown;

  beforeEach(() => program.startWorker());
  afterAll(async () => {
    const ours = (await names()).filter((name) => name.startsWith('tier-'));
    if (ours.length > 0) await openstack('flavor', 'delete', ...ours);
  }, 120_000);

  test('a file is imported with the worker killed in the middle: each flavor is there once, and whole', async () => {
    const path = join(program.directory, 'tier.csv');
    const rows = Array.from({ length: 60 }, (_, at) => `tier-${String(at)},1,64,1,no,alpha,v${String(at)}`);
    await writeFile(path, `name,vcpus,ram,disk,public,projects,property:tier\n${rows.join('\n')}\n`);
    const id = await program.begin('flavor', 'import', path, '--yes');
    await until('some are there', async () => (await names()).some((name) => name.startsWith('tier-')), 60);
    await program.stopWorkers('SIGKILL');
    await program.startWorker();
    const report = (await program.temporal.client.workflow.getHandle(id).result()) as Ended;
    expect(report).toMatchObject({ outcome: 'done', summary: expect.stringContaining('60 of 60 flavors done') });
    expect((await names()).filter((name) => name.startsWith('tier-'))).toHaveLength(60);
    const { flavors } = await program.json<{ flavors: { name: string; projects: string[]; properties: object }[] }>(
      ...['flavor', 'export'],
    );
    const ours = flavors.filter(({ name }) => name.startsWith('tier-'));
    expect(ours.every(({ projects }) => projects.length === 1)).toBe(true);
    expect(ours.map(({ properties }) => JSON.stringify(properties)).sort()).toEqual(
      rows.map((_, at) => JSON.stringify({ tier: `v${String(at)}` })).sort(),
    );
  }, 180_000);

  test('drift is told, and replaced where that was said; the export is imported without anything to do', async () => {
    const path = join(program.directory, 'drift.txt');
    await writeFile(path, 'tier-0 2 128 1 0\n');
    const told = await program.json<Ended>('flavor', 'import', path, '--yes');
    expect(told).toMatchObject({ exitCode: 3, summary: 'Nothing to do: 1 flavor different' });
    const done = await program.json<Ended>('flavor', 'import', path, '--replace', '--yes');
    expect(done).toMatchObject({ exitCode: 0, outcome: 'done' });
    expect(await shown('tier-0')).toMatchObject({ vcpus: 2, ram: 128, properties: { tier: 'v0' } });
    const out = join(program.directory, 'all.yaml');
    await program.run(['flavor', 'export', '--out', out]);
    expect(await program.json<Ended>('flavor', 'import', out, '--yes')).toMatchObject({
      exitCode: 0,
      summary: expect.stringMatching(/^Nothing to do: \d+ flavors there already$/),
    });
  });
});
