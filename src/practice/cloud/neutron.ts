import type { Answer, Asked } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { agents } from './services.ts';

/** GET /v2.0/agents, /v2.0/ports and /v2.0/floatingips, with the filters this program uses. */
export function neutron(cloud: Cloud, { path, method, query, admin }: Asked): Answer | undefined {
  if (method !== 'GET') return undefined;
  const among = (name: string, value: string): boolean => !query.has(name) || query.getAll(name).includes(value);
  if (path === '/agents') return agents(cloud, admin);
  if (path === '/ports')
    return {
      status: 200,
      body: {
        ports: cloud.ports
          .filter(({ id, serverId }) => among('id', id) && among('device_id', serverId))
          .map(({ id, serverId, created, address }) => ({
            id,
            device_id: serverId,
            device_owner: 'compute:nova',
            created_at: created,
            fixed_ips: [{ subnet_id: '', ip_address: address }],
          })),
      },
    };
  if (path === '/floatingips')
    return {
      status: 200,
      body: {
        floatingips: cloud.floatingIps
          .filter(({ portId }) => among('port_id', portId))
          .map(({ id, address, portId }) => ({ id, floating_ip_address: address, port_id: portId })),
      },
    };
  return undefined;
}
