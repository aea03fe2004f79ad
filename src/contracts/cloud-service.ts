/** A service of Nova or Cinder, or an agent of Neutron, on one host. */
export interface CloudService {
  /** nova-compute, cinder-volume, neutron-dhcp-agent, … */
  readonly name: string;
  readonly host: string;
  readonly zone: string;
  readonly enabled: boolean;
  /** In the words of whoever disabled it; Neutron has none. */
  readonly disabledReason?: string;
  readonly up: boolean;
  /** By hand; of Nova alone. */
  readonly forcedDown?: boolean;
}

/** How an API of the catalogue answered. */
export interface EndpointAnswer {
  /** "compute". */
  readonly service: string;
  readonly url: string;
  readonly milliseconds: number;
  /** HTTP, or why there was no answer. */
  readonly status?: number;
  readonly failure?: string;
}

export interface Hypervisor {
  readonly name: string;
  readonly up: boolean;
  readonly enabled: boolean;
}
