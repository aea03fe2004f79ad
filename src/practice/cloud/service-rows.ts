import { randomUUID } from 'node:crypto';

/** A service of the control plane, or an agent; nova-compute is in the table of hosts. */
export interface CloudServiceRow {
  readonly id: string;
  readonly binary: string;
  readonly host: string;
  enabled: boolean;
  reason: string | null;
  up: boolean;
  /** Somebody deleted its record. */
  gone: boolean;
}

const row = (binary: string, host: string): CloudServiceRow => ({
  ...{ id: randomUUID(), binary, host },
  ...{ enabled: true, reason: null, up: true, gone: false },
});

/** As a small cloud with one controller has them. */
export const usualServices = (hosts: readonly string[]): CloudServiceRow[] => [
  ...['nova-scheduler', 'nova-conductor', 'cinder-scheduler'].map((binary) => row(binary, 'controller')),
  row('cinder-volume', 'controller@ceph'),
  ...['neutron-dhcp-agent', 'neutron-l3-agent'].map((binary) => row(binary, 'controller')),
  ...hosts.map((host) => row('neutron-openvswitch-agent', host)),
];
