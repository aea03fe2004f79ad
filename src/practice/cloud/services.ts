import type { Answer, Asked } from './answer.ts';
import { forbidden } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { now } from './cloud.ts';
import type { CloudServiceRow } from './service-rows.ts';

export const servicesOf = (cloud: Cloud, prefix: string): CloudServiceRow[] =>
  cloud.services.filter(({ binary, gone }) => binary.startsWith(prefix) && !gone);

/** GET /v3/PROJECT/os-services. */
export function cinder(cloud: Cloud, { path, method, admin }: Asked): Answer | undefined {
  if (method !== 'GET' || !path.endsWith('/os-services')) return undefined;
  if (!admin) throw forbidden('volume_extension:services:index');
  return {
    status: 200,
    body: {
      services: servicesOf(cloud, 'cinder-').map(({ binary, host, enabled, reason, up }) => ({
        ...{ binary, host, zone: 'nova', updated_at: now().replace('Z', '.000000') },
        ...{ status: enabled ? 'enabled' : 'disabled', state: up ? 'up' : 'down', disabled_reason: reason },
      })),
    },
  };
}

const agentTypes: Readonly<Record<string, string>> = {
  'neutron-dhcp-agent': 'DHCP agent',
  'neutron-l3-agent': 'L3 agent',
  'neutron-openvswitch-agent': 'Open vSwitch agent',
};

/** GET /v2.0/agents: empty to who is no administrator. */
export function agents(cloud: Cloud, admin: boolean): Answer {
  const seen = admin ? servicesOf(cloud, 'neutron-') : [];
  return {
    status: 200,
    body: {
      agents: seen.map(({ id, binary, host, enabled, up }) => ({
        ...{ id, binary, host, agent_type: agentTypes[binary] ?? binary, topic: 'N/A', availability_zone: null },
        ...{ admin_state_up: enabled, alive: up, heartbeat_timestamp: now().replace('T', ' ').replace('Z', '') },
      })),
    },
  };
}
