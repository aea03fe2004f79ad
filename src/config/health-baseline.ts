import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { HealthBaseline } from '../contracts/health-plan.ts';
import { Fault } from '../contracts/faults.ts';
import { parseYaml } from './yaml-file.ts';

const schema = z.strictObject({
  roles: z
    .record(
      z.string(),
      z.strictObject({
        everywhere: z.array(z.string()).nullish(),
        exactly: z.record(z.string(), z.int().min(0)).nullish(),
      }),
    )
    .nullish(),
  services: z.array(z.string()).nullish(),
});

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
      },
    );
  const { roles, services } = parsed.data;
  if (roles == null && services == null)
    throw new Fault('ConfigInvalid', `the baseline ${file} is empty: it expects nothing`, { where: file });
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
