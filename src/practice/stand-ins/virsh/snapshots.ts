import type { Domain, Snapshot } from '../../state.ts';
import { act, failure, show, type Command } from './command.ts';
import { table } from './table.ts';

const kinds = {
  snapshot: { of: (domain: Domain) => domain.snapshots, element: 'domainsnapshot' },
  checkpoint: { of: (domain: Domain) => domain.checkpoints, element: 'domaincheckpoint' },
} as const;

function commandsOf(kind: keyof typeof kinds): Record<string, Command> {
  const { of, element } = kinds[kind];
  const find = (domain: Domain, name: string): Snapshot => {
    const found = of(domain).find((one) => one.name === name);
    if (found !== undefined) return found;
    throw failure(`Domain ${kind} not found: no domain ${kind} with matching name '${name}'`);
  };
  return {
    [`${kind}-list`]: show({ flags: ['name', 'topological', 'parent', 'tree', 'roots'] }, (domain, { args, quiet }) => {
      if (args.has('name'))
        return of(domain)
          .map(({ name }) => `${name}\n`)
          .join('');
      const rows = of(domain).map(({ name, at }) => [
        name,
        new Date(at).toISOString().replace('T', ' ').replace(/\..*/, ' +0000'),
        ...(kind === 'snapshot' ? ['shutoff'] : []),
      ]);
      return table(['Name', 'Creation Time', ...(kind === 'snapshot' ? ['State'] : [])], rows, quiet);
    }),
    [`${kind}-dumpxml`]: show({ data: [`${kind}name`], flags: ['security-info', 'no-domain'] }, (domain, { args }) => {
      const { name, at } = find(domain, args.need(`${kind}name`));
      const state = kind === 'snapshot' ? '  <state>shutoff</state>\n' : '';
      const time = `  <creationTime>${Math.floor(at / 1000)}</creationTime>\n`;
      const inner = args.has('no-domain') ? '' : domain.xml.trim().replace(/^/gm, '  ') + '\n';
      return `<${element}>\n  <name>${name}</name>\n${state}${time}${inner}</${element}>\n`;
    }),
    [`${kind}-create-as`]: act({ data: ['name'] }, (domain, { args }) => {
      const name = args.need('name');
      if (of(domain).some((one) => one.name === name)) {
        throw failure(`operation failed: domain ${kind} ${name} already exists`);
      }
      of(domain).push({ name, at: Date.now() });
      return `Domain ${kind} ${name} created`;
    }),
    [`${kind}-delete`]: act({ data: [`${kind}name`], flags: ['metadata'] }, (domain, { args }) => {
      const { name } = find(domain, args.need(`${kind}name`));
      of(domain).splice(
        of(domain).findIndex((one) => one.name === name),
        1,
      );
      return `Domain ${kind} ${name} deleted\n`;
    }),
  };
}

export const snapshots: Record<string, Command> = { ...commandsOf('snapshot'), ...commandsOf('checkpoint') };
