import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { Container, Containers } from '../../contracts/container.ts';
import type { Host } from '../host/host.ts';

const script = readFileSync(new URL('./scripts/list.sh', import.meta.url), 'utf8');

/** Bytes: a hundred containers take about one megabyte. */
const most = 64 * 1024 * 1024;

/**
 * `ps -aq`, then `inspect` of all.
 * @throws Fault ToolMissing where neither runtime is there; CommandFailed in the runtime's words
 */
export async function listContainers(host: Host, runtime?: 'podman' | 'docker'): Promise<Containers> {
  const { stdout, stderr, exitCode, truncated } = await host.run(
    ['bash', '--norc', '-c', script, 'stackhand', runtime ?? ''],
    { deadline: 120, maxOutput: most },
  );
  const missing = /^FAULT ToolMissing (.*)$/m.exec(stderr)?.[1];
  if (missing !== undefined) throw new Fault('ToolMissing', missing, { where: host.name });
  if (exitCode !== 0)
    throw new Fault(
      'CommandFailed',
      `its containers can't be listed: ${stderr.trim().slice(-500) || `code ${String(exitCode)}`}`,
      {
        where: host.name,
      },
    );
  const end = stdout.indexOf('\n');
  const parsed = truncated === true ? undefined : answer.safeParse([stdout.slice(0, end), json(stdout.slice(end + 1))]);
  if (parsed?.success !== true)
    throw new Fault(
      'CommandFailed',
      `what its runtime tells of the containers can't be read: ${parsed?.error.issues[0]?.path.join('.') ?? 'too long'}`,
      {
        where: host.name,
      },
    );
  const [found, containers] = parsed.data;
  return { runtime: found, containers: containers.map(toContainer).sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const healthState = z.object({
  Status: z.string().default(''),
  Log: z.array(z.object({ Output: z.string().default('') })).nullish(),
});

/** Of `docker inspect` and `podman inspect`: what both have, and the names that podman had before version 4. */
const inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string().default(''),
  ImageName: z.string().optional(),
  RestartCount: z.number().default(0),
  Config: z.object({ Image: z.string().default('') }).default({ Image: '' }),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    StartedAt: z.string().optional(),
    Health: healthState.nullish(),
    Healthcheck: healthState.nullish(),
  }),
});
const answer = z.tuple([z.enum(['podman', 'docker']), z.array(inspected)]);

function toContainer({
  Id,
  Name,
  Image,
  ImageName,
  RestartCount,
  Config,
  State,
}: z.output<typeof inspected>): Container {
  const health = State.Health ?? State.Healthcheck;
  const said = health?.Log?.at(-1)?.Output.trim().slice(0, 300);
  const startedAt = moment(State.StartedAt);
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    image: ImageName ?? Config.Image,
    imageId: Image,
    state: State.Status,
    exitCode: State.ExitCode,
    // podman says "" where there is none.
    ...(health == null || health.Status === '' || health.Status === 'none' ? {} : { health: health.Status }),
    ...(said === undefined || said === '' ? {} : { healthOutput: said }),
    restarts: RestartCount,
    oomKilled: State.OOMKilled,
    ...(startedAt === undefined ? {} : { startedAt }),
  };
}

/** Of what never happened they say the year 1. */
function moment(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}
