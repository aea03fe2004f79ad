import { z } from 'zod';
import { isFault } from '../../../contracts/faults.ts';
import type { Session } from '../session.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
}

/** GET /v3/projects; for those who may not see all (403), the projects of their own (GET /v3/auth/projects). */
export async function listProjects(session: Session, signal?: AbortSignal): Promise<readonly Project[]> {
  const list = (path: string): Promise<z.output<typeof page>> =>
    session.read({ service: 'identity', method: 'GET', path, what: 'the projects', signal }, page);
  try {
    return (await list('/projects')).projects;
  } catch (error) {
    if (isFault(error) && error.type === 'CloudForbidden') return (await list('/auth/projects')).projects;
    throw error;
  }
}

const page = z.object({ projects: z.array(z.object({ id: z.string(), name: z.string() })) });
