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

/** What Placement still has of what is gone: room that nobody can use, or that nobody serves. */
export interface Leftovers {
  /** Taken for what is neither a server nor a migration. */
  readonly allocations: readonly { readonly consumer: string; readonly provider: string }[];
  /** With CPUs or memory, and no hypervisor. */
  readonly providers: readonly string[];
  /** There was more that is suspect than was looked at. */
  readonly unseen: boolean;
}

export interface Hypervisor {
  readonly name: string;
  readonly up: boolean;
  readonly enabled: boolean;
}
