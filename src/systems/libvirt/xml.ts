import { DOMParser, type Document, type Element } from '@xmldom/xmldom';
import { Fault } from '../../contracts/faults.ts';

/** Reads XML of libvirt's. `what` names it in the failure. */
export function parseXml(text: string, root: string, what: string): Element {
  let document: Document;
  try {
    const onError = (level: string, message: string) => {
      if (level !== 'warning') throw new Error(message);
    };
    document = new DOMParser({ onError }).parseFromString(text, 'text/xml');
  } catch (error) {
    throw new Fault(
      'CommandFailed',
      `${what} is no XML that can be read: ${(error as Error).message}`,
      {},
      { cause: error },
    );
  }
  const element = document.documentElement;
  if (element?.localName !== root)
    throw new Fault('CommandFailed', `${what} is <${element?.nodeName ?? ''}>, not <${root}>.`);
  return element;
}

/** Child elements, of this name where one is given. */
export function children(parent: Element | undefined, name?: string): Element[] {
  const found: Element[] = [];
  for (let node = parent?.firstChild ?? null; node !== null; node = node.nextSibling) {
    if (node.nodeType === 1 && (name === undefined || node.nodeName === name)) found.push(node as Element);
  }
  return found;
}

/** The first element down this path of names. */
export function child(parent: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((element, name) => children(element, name)[0], parent);
}

/** An attribute; undefined where it is missing or empty. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.getAttribute(name) || undefined;
}

/** The element's text as it stands; undefined where there is none. */
export function text(element: Element | undefined): string | undefined {
  return element?.textContent || undefined;
}
