import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import { devDirectory } from '../temporal/dev.ts';
import { withLock } from '../temporal/lock.ts';
import { runs } from '../temporal/processes.ts';

const shape = z.object({
  pid: z.number().int().positive(),
  mark: z.string().min(1),
  /** Server and worker are there. */
  ready: z.boolean(),
  workerPid: z.number().int().positive().optional(),
});

/** The process that keeps server and worker running. */
export type Supervisor = z.infer<typeof shape>;

/** What the process calls itself, so that its pid can be told from somebody else's later. */
export const title = 'stackhand dev';

const file = (): string => join(devDirectory(), 'supervisor.json');

export const devLog = (): string => join(devDirectory(), 'dev.log');

/** The one that runs; undefined where none does. */
export async function supervisor(): Promise<Supervisor | undefined> {
  const text = await readFile(file(), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = shape.safeParse(json(text));
  return parsed.success && (await runs(parsed.data)) ? parsed.data : undefined;
}

/** Makes this process the one. Throws where another is. */
export async function becomeSupervisor(): Promise<void> {
  await withLock(join(devDirectory(), 'supervisor.lock'), async () => {
    const other = await supervisor();
    if (other !== undefined && other.pid !== process.pid)
      throw new Fault('InvalidInput', `stackhand dev runs already (process ${String(other.pid)})`, {
        remedy: 'stackhand dev --status shows it, stackhand dev --stop ends it',
      });
    process.title = title;
    await tell({ ready: false });
  });
}

export async function tell(state: { readonly ready: boolean; readonly workerPid?: number }): Promise<void> {
  await mkdir(devDirectory(), { recursive: true });
  await writeFile(`${file()}.new`, JSON.stringify({ pid: process.pid, mark: title, ...state }));
  await rename(`${file()}.new`, file());
}

export const forget = (): Promise<void> => rm(file(), { force: true });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
