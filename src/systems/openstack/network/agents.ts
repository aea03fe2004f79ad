import { z } from 'zod';
import type { CloudService } from '../../../contracts/cloud-service.ts';
import type { Session } from '../session.ts';

/** GET /v2.0/agents of Neutron: those that the user may see. Without the role it is an empty list, not a refusal. */
export async function listNetworkAgents(session: Session, signal?: AbortSignal): Promise<CloudService[]> {
  const { agents } = await session.read(
    { service: 'network', method: 'GET', path: '/agents', what: 'the network agents', signal },
    z.object({ agents: z.array(agent) }),
  );
  return agents.map(({ binary, agent_type: type, host, availability_zone: zone, admin_state_up: enabled, alive }) => ({
    name: binary === '' ? type : binary,
    host,
    zone: zone ?? '',
    enabled,
    up: alive,
  }));
}

const agent = z.object({
  binary: z.string().default(''),
  agent_type: z.string(),
  host: z.string(),
  availability_zone: z.string().nullish(),
  admin_state_up: z.boolean(),
  alive: z.boolean(),
});
