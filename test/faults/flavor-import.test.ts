import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';

/** No flavor is left half made, whenever the worker dies; none is made twice. */
describe('flavors, with faults', () => {
  let cloud: PracticeCloud;
  const program = useCloudProgram(async () => {
    cloud = await PracticeCloud.start({ servers: 0, hosts: 1 });
    return { clouds: cloud.ready.clouds, cloud: 'practice' };
  });
  afterAll(() => cloud.stop());

  const kinds = ['create flavor', 'set flavor properties', 'allow flavor'] as const;
  const steps = [
    ['before the flavor', 'POST /compute/v2.1/flavors$', 0],
    ['between flavor and properties', 'POST .*os-extra_specs', 1],
    ['between properties and access', 'POST .*/action', 2],
  ] as const;

  test.each(steps.map((step) => [step[0], step] as const))(
    'the worker is killed %s',
    async (_, [name, match, made]) => {
      await program.startWorker();
      const flavor = name.replaceAll(' ', '-');
      const path = join(program.directory, `${flavor}.yaml`);
      await writeFile(
        path,
        `- {name: ${flavor}, vcpus: 1, ram: 64, disk: 1, projects: [project1], properties: {a: b}}\n`,
      );
      // Slow, before anything of it happens: that is when the worker dies.
      await cloud.faults({ match, status: 503, delay: 60_000 });
      const id = await program.begin('flavor', 'import', path, '--yes');
      await until('it is asked', async () => (await cloud.control<number[]>('GET', '/faults'))[0] === 1, 30);
      const effects = async (): Promise<string[]> =>
        (await cloud.effects()).filter((effect) => effect.name === flavor).map(({ action }) => action);
      expect(await effects()).toEqual(kinds.slice(0, made));
      await program.stopWorkers('SIGKILL');
      await cloud.faults();
      await program.startWorker();
      const report = (await program.temporal.client.workflow.getHandle(id).result()) as Report;
      expect(report).toMatchObject({ outcome: 'done' });
      expect(await effects()).toEqual([...kinds]);
    },
  );

  test('answers are lost after the effect: what was made is recognised, not made again', async () => {
    await program.startWorker();
    const path = join(program.directory, 'lost.yaml');
    await writeFile(path, '- {name: lost, vcpus: 1, ram: 64, disk: 1, projects: [project1], properties: {a: b}}\n');
    await cloud.faults(
      { match: 'POST /compute/v2.1/flavors$', drop: 'after', times: 1 },
      { match: 'POST .*os-extra_specs', drop: 'after', times: 1 },
      { match: 'POST .*/action', drop: 'after', times: 1 },
    );
    expect(await program.json('flavor', 'import', path, '--yes')).toMatchObject({ exitCode: 0, outcome: 'done' });
    const effects = (await cloud.effects()).filter((effect) => effect.name === 'lost').map(({ action }) => action);
    expect(effects).toEqual([...kinds]);
  });
});
