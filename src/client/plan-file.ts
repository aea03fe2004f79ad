import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Fault } from '../contracts/faults.ts';
import { checkFormat, stamped } from '../contracts/format.ts';
import type { ServerPlanView } from '../contracts/server-operation.ts';
import { planScript } from './render/plan-script.ts';
import { writeFile } from './write-file.ts';

export type PlanFormat = 'json' | 'yaml' | 'shell';

/** As --format says; otherwise as the file's name does. */
export function formatOf(format: PlanFormat | undefined, file: string | undefined): PlanFormat {
  if (format !== undefined) return format;
  const extension = file === undefined ? '' : extname(file).toLowerCase();
  if (extension === '.sh') return 'shell';
  return extension === '.yaml' || extension === '.yml' ? 'yaml' : 'json';
}

const kind = 'stackhand server plan';

export function planText(view: ServerPlanView, format: PlanFormat): string {
  if (format === 'shell') return planScript(view);
  const { plan, servers, leftAlone } = view;
  const document = stamped('server plan', { kind, plan, servers, leftAlone });
  return format === 'yaml' ? stringify(document) : `${JSON.stringify(document, undefined, 2)}\n`;
}

export function writePlan(view: ServerPlanView, file: string, format: PlanFormat): void {
  writeFile(file, planText(view, format), { as: `--out ${file}`, mode: format === 'shell' ? 0o755 : 0o644 });
}

const shape = z.object({
  kind: z.literal(kind),
  plan: z.looseObject({ operation: z.uuid(), hash: z.string(), action: z.string(), cloud: z.string() }),
  servers: z.array(z.looseObject({ id: z.string(), name: z.string() })),
});
export type PlanFile = z.output<typeof shape>;

/** @throws Fault InvalidInput where it is no plan of ours; NewerFormat where a newer release wrote it */
export function readPlanFile(file: string): PlanFile {
  let value: unknown;
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8');
    // JSON is YAML; its own parser is faster by far.
    value = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new Fault('InvalidInput', `the plan ${file} can't be read: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
  checkFormat('server plan', value, file);
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault('InvalidInput', `${file} is no plan that can be applied`, {
    remedy: 'a plan comes from --plan-only --out FILE, as JSON or YAML; a script of it is run by a shell',
  });
}

/**
 * Holds a file against the plan that the records have: what was approved is what is applied.
 * @throws Fault PlanChanged naming the first difference
 */
export function checkUnchanged({ plan, servers }: PlanFile, kept: ServerPlanView): void {
  const changed = (what: string): Fault => new Fault('PlanChanged', `the plan was edited: ${what}`);
  if (plan.hash !== kept.plan.hash) throw changed('its hash is another one');
  const wanted = kept.plan as unknown as Record<string, unknown>;
  for (const key of new Set([...Object.keys(plan), ...Object.keys(wanted)]))
    if (canonical(plan[key]) !== canonical(wanted[key])) throw changed(`its ${key} is another one`);
  const known = new Map(kept.servers.map((server) => [server.id, server]));
  for (const server of servers) {
    const original = known.get(server.id);
    if (original === undefined) throw changed(`${server.name} (${server.id}) was added`);
    if (canonical(server) !== canonical(original)) throw changed(`${original.name} (${server.id}) was changed`);
    known.delete(server.id);
  }
  const [missing] = known.values();
  if (missing !== undefined) throw changed(`${missing.name} (${missing.id}) was taken out`);
}

/** The same text for the same value, in whatever order its keys came. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join()}}`;
}
