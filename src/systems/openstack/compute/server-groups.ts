import { z } from 'zod';
import type { Session } from '../session.ts';

export interface ServerGroup {
  readonly name: string;
  /** affinity, anti-affinity, soft-affinity, soft-anti-affinity. */
  readonly policy: string;
  readonly members: readonly string[];
}

/** GET /os-server-groups of every project, by offset: this list knows no marker. Needs an administrator. */
export async function listServerGroups(session: Session, signal?: AbortSignal): Promise<ServerGroup[]> {
  const all: ServerGroup[] = [];
  for (;;) {
    const { server_groups: found } = await session.read(
      {
        service: 'compute',
        method: 'GET',
        path: '/os-server-groups',
        query: { all_projects: true, limit: 1000, offset: all.length },
        job: 'serverGroups',
        what: 'the server groups',
        signal,
      },
      page,
    );
    all.push(...found);
    if (found.length === 0) return all;
  }
}

const page = z.object({
  server_groups: z.array(z.object({ name: z.string(), policy: z.string(), members: z.array(z.string()) })),
});
