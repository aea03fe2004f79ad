/**
 * What is known of containerised clouds, so that nobody has to write it down: names of containers as their deployment
 * tools give them.
 */
export interface ContainerPreset {
  /** Globs of containers that come and go with what tenants do. */
  readonly ignore: readonly string[];
  /** Globs of containers that do one thing and exit. */
  readonly oneShots: readonly string[];
  readonly logs: readonly string[];
}

export const containerPresets = {
  /** tripleo-heat-templates, deployment/: bootstrap and "init" containers of each step; sidecars of Neutron's agents. */
  tripleo: {
    ignore: ['neutron-dnsmasq-qdhcp-*', 'neutron-haproxy-*', 'neutron-keepalived-*', 'neutron-radvd-*', 'ceph-*-tmp*'],
    oneShots: [
      '*_bootstrap',
      '*_bootstrap_*',
      '*_db_sync',
      '*_db_upgrade',
      '*_init_*',
      '*_init',
      '*_init_bundle',
      '*_restart_bundle',
      '*_wait_bundle',
      '*_wait_for_*',
      '*_ensure_*',
      '*_setup_*',
      '*_map_cell0',
      '*_discover_hosts',
      '*_statedir_owner',
      '*_fernet',
      '*_create_swift_tmp',
      'container-puppet-*',
      'create_*_wrapper',
    ],
    logs: ['/var/log/containers/*.log', '/var/log/containers/*/*.log'],
  },
  /** kolla-ansible, ansible/roles: containers are named as services; bootstraps are removed again. */
  kolla: {
    ignore: ['neutron_dnsmasq_*', 'neutron_haproxy_*', 'neutron_keepalived_*', 'neutron_radvd_*'],
    oneShots: ['bootstrap_*', 'kolla_toolbox_*', '*_bootstrap', '*_bootstrap_*', '*_upgrade', 'haproxy_config*'],
    logs: ['/var/log/kolla/*/*.log', '/var/lib/docker/volumes/kolla_logs/_data/*/*.log'],
  },
} as const satisfies Record<string, ContainerPreset>;

export const plainPreset: ContainerPreset = {
  ignore: [],
  oneShots: [],
  logs: ['/var/log/containers/*.log', '/var/log/containers/*/*.log'],
};
