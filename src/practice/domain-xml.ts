import { DOMParser } from '@xmldom/xmldom';
import type { Disk } from './state.ts';

export interface ReadDomain {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly disks: Disk[];
}

/** What the stand-ins need of a domain's XML. Throws an Error with libvirt's words for what is no domain. */
export function readDomainXml(xml: string): ReadDomain {
  const root = parse(xml);
  if (root.tagName !== 'domain')
    throw new Error(`XML error: expecting root element of 'domain', not '${root.tagName}'`);
  const name = child(root, 'name')?.textContent?.trim();
  if (!name) throw new Error('XML error: missing domain name information');
  return {
    name,
    uuid: child(root, 'uuid')?.textContent?.trim().toLowerCase(),
    disks: [...root.getElementsByTagName('disk')].map(readDisk),
  };
}

type Element = NonNullable<ReturnType<DOMParser['parseFromString']>['documentElement']>;

function parse(xml: string): Element {
  let trouble: string | undefined;
  const parser = new DOMParser({ onError: (_level, message) => (trouble ??= message) });
  const root = (() => {
    try {
      return parser.parseFromString(xml, 'text/xml').documentElement;
    } catch {
      return null;
    }
  })();
  if (root === null || trouble !== undefined) throw new Error(`(domain_definition): ${trouble ?? 'it is empty'}`);
  return root;
}

function child(parent: Element, name: string): Element | undefined {
  return [...parent.getElementsByTagName(name)].find((element) => element.parentNode === parent);
}

function readDisk(disk: Element): Disk {
  const path = ['file', 'dev'].map((name) => child(disk, 'source')?.getAttribute(name)).find(Boolean);
  return {
    type: disk.getAttribute('type') === 'block' ? 'block' : 'file',
    device: disk.getAttribute('device') ?? 'disk',
    target: child(disk, 'target')?.getAttribute('dev') ?? '',
    readonly: child(disk, 'readonly') !== undefined,
    ...(path && { path }),
  };
}
