import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { HealthMemory } from '../../contracts/health.ts';
import { healthChecks, verdicts } from '../../contracts/health.ts';

const check = z.enum(healthChecks);
const verdict = z.enum(verdicts);
const host = z.looseObject({
  logs: z.record(z.string(), z.looseObject({ file: z.string(), offset: z.number(), size: z.number() })).optional(),
  restarts: z.record(z.string(), z.looseObject({ id: z.string(), count: z.number() })).optional(),
});
const finding = z.looseObject({
  ...{ id: z.string(), check, where: z.string(), what: z.string(), verdict },
  ...{ since: z.number(), alarm: z.string() },
});
const run = z.looseObject({
  ...{ operation: z.string(), at: z.number(), scope: z.string(), checks: z.array(check), verdict },
  counts: z.looseObject({ new: z.number(), stillThere: z.number(), resolved: z.number() }),
});
const memory = z.looseObject({
  ...{ operation: z.string(), at: z.number(), hosts: z.record(z.string(), host) },
  services: z.record(z.string(), z.record(z.string(), z.number())),
  ...{ telling: z.array(z.string()), findings: z.array(finding), history: z.array(run) },
});

/** @throws Fault RecordDamaged for what is JSON and nothing that a health check remembers */
export function parseMemory(value: unknown, name: string): HealthMemory {
  const parsed = memory.safeParse(value);
  if (parsed.success) return value as HealthMemory;
  const [issue] = parsed.error.issues;
  throw new Fault('RecordDamaged', `${name} is damaged: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, {
    where: name,
  });
}
