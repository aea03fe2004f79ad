import { z } from 'zod';
import type { CloudAccess } from '../../contracts/cloud-access.ts';
import { Fault } from '../../contracts/faults.ts';

export const catalogue = z.array(
  z.object({
    type: z.string(),
    endpoints: z.array(
      z.object({
        interface: z.string(),
        url: z.string(),
        region: z.string().nullish(),
        region_id: z.string().nullish(),
      }),
    ),
  }),
);
export type Catalogue = z.output<typeof catalogue>;

export type Service = 'compute' | 'network' | 'volume' | 'image' | 'identity' | 'placement';

/** Names that catalogues give a service, the official one first (service-types authority), and what its URL ends in. */
const services: Readonly<Record<Service, { readonly types: readonly string[]; readonly version: string }>> = {
  compute: { types: ['compute'], version: 'v2.1' },
  network: { types: ['network'], version: 'v2.0' },
  volume: { types: ['block-storage', 'volumev3', 'block-store', 'volume'], version: 'v3' },
  image: { types: ['image'], version: 'v2' },
  identity: { types: ['identity'], version: 'v3' },
  // It has but one, and none in its addresses.
  placement: { types: ['placement'], version: '' },
};

/**
 * Where a service is, without a slash at the end and with its version. Neutron and Glance stand in catalogues without
 * one, Nova and Cinder with one, Cinder often with the project behind it.
 * @throws Fault CloudServiceMissing with the regions there are
 */
export function endpointOf(service: Service, found: Catalogue, access: CloudAccess): string {
  const { types, version } = services[service];
  const override = types.map((type) => access.endpoints[type]).find((url) => url !== undefined);
  const url = override ?? fromCatalogue(service, types, found, access);
  const bare = url.replace(/\/+$/, '');
  return /\/v\d+(\.\d+)?(\/|$)/.test(bare) || version === '' ? bare : `${bare}/${version}`;
}

/** Every API of the catalogue, whatever it is, for the region and the interface of this access. */
export function endpointsHere(found: Catalogue, access: CloudAccess): { service: string; url: string }[] {
  return found.flatMap(({ type, endpoints }) => {
    const here = endpoints.filter(inRegion(access)).find((endpoint) => endpoint.interface === access.interface);
    const url = access.endpoints[type] ?? here?.url;
    return url === undefined ? [] : [{ service: type, url }];
  });
}

const inRegion =
  ({ region: wanted }: CloudAccess) =>
  ({ region, region_id: id }: Catalogue[number]['endpoints'][number]): boolean =>
    wanted === undefined || wanted === region || wanted === id;

function fromCatalogue(service: Service, types: readonly string[], found: Catalogue, access: CloudAccess): string {
  const entries = types.flatMap((type) => found.filter((entry) => entry.type === type));
  const endpoints = entries.flatMap((entry) => entry.endpoints);
  const here = endpoints.filter(inRegion(access));
  const match = here.find((endpoint) => endpoint.interface === access.interface);
  if (match !== undefined) return match.url;
  const regions = [...new Set(endpoints.map(({ region }) => region ?? '?'))].join(', ');
  const message =
    entries.length === 0
      ? `the cloud ${access.name} has no ${service} service in its catalogue`
      : here.length === 0
        ? `the cloud ${access.name} has no ${service} service in region ${access.region ?? ''}; it has ${regions}`
        : `the cloud ${access.name} has no ${access.interface} endpoint of its ${service} service`;
  throw new Fault('CloudServiceMissing', message, { arrived: 'no' });
}
