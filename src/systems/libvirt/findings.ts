import type { Host } from '../host/host.ts';
import { readChains, type Chain } from './chain.ts';
import type { DiskXml, DomainXml, Place } from './domain-xml.ts';
import { fileFacts, type Found } from './files.ts';
import type { Findings, PlacedDisk } from './sources.ts';
import { volumePaths } from './volumes.ts';

export interface Gathered extends Findings {
  readonly disks: readonly PlacedDisk[];
  /** Disks that nothing on this host holds. */
  readonly refusals: readonly string[];
  /** Undefined: the place is no path of the host, or there is nothing. */
  readonly at: (place: Place) => Found | undefined;
}

/** Looks at the files below some disks and at other places of interest. One to four round trips, whatever their number. */
export async function gatherFindings(
  host: Host,
  disks: readonly DiskXml[],
  xml: DomainXml,
  otherPlaces: readonly Place[],
): Promise<Gathered> {
  const firmware = [xml.nvram, xml.tpm].filter((kept) => kept !== undefined);
  const places = [...disks.map(({ place }) => place), ...firmware, ...otherPlaces];
  const pathOf = await pathFinder(host, places);
  const { placed, refusals } = placeDisks(disks, pathOf);

  const paths = places.flatMap((place) => pathOf(place).path ?? []);
  const facts = new Map(await fileFacts(host, paths));
  const found = (path: string): Found => facts.get(path) ?? { missing: 'it was not looked at' };
  const images = placed.filter(({ path, format }) => format !== 'raw' && !('missing' in found(path)));
  const chains = new Map<string, Chain>();
  (await readChains(host, images)).forEach((chain, index) => chains.set(images[index]!.path, chain));
  const backing = [...chains.values()].flatMap((chain) => ('links' in chain ? chain.links.slice(1) : []));
  const below = await fileFacts(host, [...new Set(backing.map(({ path }) => path))]);
  below.forEach((fact, path) => facts.set(path, fact));

  return {
    disks: placed,
    refusals,
    facts: found,
    chain: (path) => chains.get(path) ?? { refusal: `${path} was not looked at` },
    at: (place) => {
      const { path } = pathOf(place);
      return path === undefined ? undefined : found(path);
    },
  };
}

interface PlacePath {
  readonly path?: string;
  readonly refusal?: string;
}

async function pathFinder(host: Host, places: readonly Place[]): Promise<(place: Place) => PlacePath> {
  const volume = await volumePaths(host, places);
  return (place) => {
    if (place.kind === 'path') return { path: place.path };
    if (place.kind === 'elsewhere') return { refusal: `is ${place.what}` };
    if (place.kind === 'empty') return { refusal: 'has no image' };
    const found = volume(place);
    if ('path' in found) return { path: found.path };
    return { refusal: `is the volume "${place.volume}" of the pool "${place.pool}" (${found.refusal})` };
  };
}

function placeDisks(
  disks: readonly DiskXml[],
  pathOf: (place: Place) => PlacePath,
): { placed: PlacedDisk[]; refusals: string[] } {
  const placed: PlacedDisk[] = [];
  const refusals: string[] = [];
  for (const { target, format, place } of disks) {
    const { path, refusal } = pathOf(place);
    if (path !== undefined) placed.push({ target, format, path });
    else refusals.push(`${target} ${refusal}: only files and block devices of the host can be archived`);
  }
  return { placed, refusals };
}
