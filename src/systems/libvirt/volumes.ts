import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import type { Place } from './domain-xml.ts';
import { askScript } from './virsh.ts';
import { attribute, child, parseXml, text } from './xml.ts';

type Volume = Place & { readonly kind: 'volume' };
/** A path, or why there is none, after the volume's name. */
export type VolumePath = { readonly path: string } | { readonly refusal: string };

/** Where storage volumes are on the host; `find` tells for one of those that were asked for. One round trip. */
export async function volumePaths(host: Host, places: readonly Place[]): Promise<(volume: Volume) => VolumePath> {
  const volumes = places.filter((place) => place.kind === 'volume');
  const paths = new Map<string, VolumePath>();
  if (volumes.length > 0) {
    const args = volumes.flatMap(({ pool, volume }) => [pool, volume]);
    const fields = (await askScript(host, 'volumes.sh', args)).split('\0');
    volumes.forEach((volume, index) => {
      const [xml = '', code, messages] = fields.slice(index * 3, index * 3 + 3);
      if (code === undefined || messages === undefined)
        throw new Fault('CommandFailed', `What libvirt on ${host.name} said ends in the middle.`, { where: host.name });
      paths.set(key(volume), code === '0' ? readVolume(xml) : { refusal: lastMessage(messages) });
    });
  }
  return (volume) => paths.get(key(volume)) ?? { refusal: 'it was not looked for' };
}

/** `xml` as `virsh vol-dumpxml` prints it. */
export function readVolume(xml: string): VolumePath {
  const volume = parseXml(xml, 'volume', "The volume's description");
  const type = attribute(volume, 'type') ?? 'file';
  const path = text(child(volume, 'target', 'path'))?.trim();
  if (type !== 'file' && type !== 'block') return { refusal: `it is of type ${type}` };
  return path?.startsWith('/') ? { path } : { refusal: 'it has no path on the host' };
}

/** virsh says first what it tried, then why that failed. */
function lastMessage(messages: string): string {
  return messages
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^error: /, '');
}

function key({ pool, volume }: Volume): string {
  return `${pool}\0${volume}`;
}
