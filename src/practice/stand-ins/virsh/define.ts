import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readDomainXml, type ReadDomain } from '../../domain-xml.ts';
import { newDomain } from '../../domain.ts';
import type { State } from '../../state.ts';
import { Failure } from '../stand-in.ts';
import { act, failure, type Command } from './command.ts';

const define: Command = {
  shape: { data: ['file'], flags: ['validate'] },
  run({ site, args, say }) {
    const file = args.need('file');
    const what = `Failed to define domain from ${file}`;
    const xml = read(file);
    const domain = understand(xml, what);
    const uuid = domain.uuid ?? randomUUID();
    site.state.update((state) => {
      refuseTwins(state, domain.name, uuid, what);
      const complete = domain.uuid === undefined ? withUuid(xml, uuid) : xml;
      const known = state.domains[uuid];
      if (known === undefined) {
        state.domains[uuid] = newDomain({ name: domain.name, uuid, xml: complete, disks: domain.disks });
      } else {
        Object.assign(known, { xml: complete, disks: domain.disks, persistent: true });
      }
    });
    say(`Domain '${domain.name}' defined from ${file}\n`);
  },
};

function read(file: string): string {
  try {
    return readFileSync(file === '/dev/stdin' ? 0 : file, 'utf8').replace(/^<\?xml[^>]*\?>\s*/, '');
  } catch {
    throw new Failure(`Failed to open file '${file}': No such file or directory`);
  }
}

function understand(xml: string, what: string): ReadDomain {
  try {
    return readDomainXml(xml);
  } catch (error) {
    throw failure(what, (error as Error).message);
  }
}

function refuseTwins(state: State, name: string, uuid: string, what: string): void {
  const twin = Object.values(state.domains).find((domain) => domain.name === name && domain.uuid !== uuid);
  if (twin !== undefined) {
    throw failure(what, `operation failed: domain '${name}' already exists with uuid ${twin.uuid}`);
  }
  const known = state.domains[uuid];
  if (known !== undefined && known.name !== name) {
    throw failure(what, `operation failed: domain '${known.name}' is already defined with uuid ${uuid}`);
  }
}

const withUuid = (xml: string, uuid: string): string =>
  xml.replace(/(<name>[^<]*<\/name>)/, (name) => `${name}\n  <uuid>${uuid}</uuid>`);

const undefine = act(
  {
    flags: ['managed-save', 'nvram', 'keep-nvram', 'snapshots-metadata', 'checkpoints-metadata', 'tpm', 'keep-tpm'],
  },
  (domain, { args }, state) => {
    const what = `Failed to undefine domain '${domain.name}'`;
    const invalid = 'Requested operation is not valid:';
    if (!domain.persistent) throw failure(what, `${invalid} cannot undefine transient domain`);
    if (domain.managedSave && !args.has('managed-save')) {
      throw failure('Refusing to undefine while domain managed save image exists');
    }
    for (const [kind, count] of [
      ['snapshot', domain.snapshots.length],
      ['checkpoint', domain.checkpoints.length],
    ] as const) {
      if (count > 0 && !args.has(`${kind}s-metadata`)) {
        throw failure(what, `${invalid} cannot delete inactive domain with ${count} ${kind}s`);
      }
    }
    if (domain.run === undefined) delete state.domains[domain.uuid];
    else Object.assign(domain, { persistent: false, autostart: false });
    return `Domain '${domain.name}' has been undefined\n`;
  },
);

export const definitions: Record<string, Command> = { define, undefine };
