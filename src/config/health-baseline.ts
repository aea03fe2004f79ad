import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { HealthBaseline } from '../contracts/health-plan.ts';
import { Fault } from '../contracts/faults.ts';
import { parseYaml } from './yaml-file.ts';

const name = z.string({ error: 'expected the name of a container' });
const schema = z.strictObject(
  {
    roles: z
      .record(
        z.string(),
        z.strictObject(
          {
            everywhere: z.array(name, { error: 'expected a list of containers' }).nullish(),
            exactly: z
              .record(z.string(), z.int({ error: 'expected a number of hosts' }).min(0, 'expected a number of hosts'), {
                error: 'expected containers, each with a number of hosts',
              })
              .nullish(),
          },
          { error: 'expected everywhere: and exactly:' },
        ),
        { error: 'expected roles by name' },
      )
      .nullish(),
    services: z
      .array(z.string({ error: 'expected a service such as nova-compute on cmp1' }), {
        error: 'expected a list of services',
      })
      .nullish(),
  },
  { error: 'expected roles: and services:, as health baseline writes them' },
);

const remedy = 'correct it, or write a new one: stackhand health baseline --out FILE --replace';

/** @throws Fault ConfigInvalid with the file and the line */
export function readBaseline(file: string): HealthBaseline {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `the baseline ${file} can't be read: ${code}`, {
      where: file,
      remedy: 'write one: stackhand health baseline --out FILE; or take health.baseline out of the config',
    });
  }
  const yaml = parseYaml(text);
  const parsed = yaml.problems.length > 0 ? undefined : schema.safeParse(yaml.value);
  const issue = parsed?.error?.issues[0];
  const line = yaml.problems[0]?.line ?? (issue === undefined ? 1 : yaml.place(issue.path, 'value').line);
  if (parsed?.success !== true)
    throw new Fault(
      'ConfigInvalid',
      `the baseline ${file}:${String(line)}: ${yaml.problems[0]?.message ?? issue?.message ?? 'it is empty'}`,
      {
        where: `${file}:${String(line)}`,
        remedy,
      },
    );
  const { roles, services } = parsed.data;
  if (roles == null && services == null)
    throw new Fault('ConfigInvalid', `the baseline ${file} is empty: it expects nothing`, { where: file, remedy });
  return {
    roles: Object.fromEntries(
      Object.entries(roles ?? {}).map(([role, { everywhere, exactly }]) => [
        role,
        { everywhere: everywhere ?? [], exactly: exactly ?? {} },
      ]),
    ),
    services: services ?? [],
  };
}

/** For review: what it means stands above each part. */
export function baselineText(baseline: HealthBaseline, at: Date): string {
  return [
    '# What has to run, as `stackhand health baseline` saw it. Read it, correct it, and name it in the config as',
    `# health.baseline. Seen at ${at.toISOString()}.`,
    '#',
    '# everywhere: containers that run on each host of the role. exactly: how many hosts of the role run it.',
    '# services: of the cloud, each with its host; one that vanishes is told.',
    stringify(baseline, { lineWidth: 0 }),
  ].join('\n');
}
