import { stateOf, type Domain } from '../../state.ts';
import { out } from '../stand-in.ts';
import type { Command } from './command.ts';
import { table } from './table.ts';

const states = ['running', 'paused', 'shutoff', 'other'];
const listFilters: Record<string, (domain: Domain) => boolean> = {
  persistent: ({ persistent }) => persistent,
  transient: ({ persistent }) => !persistent,
  autostart: ({ autostart }) => autostart,
  'no-autostart': ({ autostart }) => !autostart,
  'with-snapshot': ({ snapshots }) => snapshots.length > 0,
  'without-snapshot': ({ snapshots }) => snapshots.length === 0,
  'with-checkpoint': ({ checkpoints }) => checkpoints.length > 0,
  'without-checkpoint': ({ checkpoints }) => checkpoints.length === 0,
  'with-managed-save': ({ managedSave }) => managedSave,
  'without-managed-save': ({ managedSave }) => !managedSave,
};

export const list: Command = {
  shape: {
    flags: [
      ...['all', 'inactive', 'name', 'uuid', 'id', 'title', 'table', 'managed-save'],
      ...states.map((state) => `state-${state}`),
      ...Object.keys(listFilters),
    ],
  },
  run({ site, args, quiet }) {
    const wantedStates = states.filter((state) => args.has(`state-${state}`));
    const inList = (domain: Domain): boolean => {
      const state = stateOf(domain);
      if (wantedStates.length > 0) return wantedStates.includes(state.replace(' ', ''));
      return args.has('all') || (state === 'shut off') === args.has('inactive');
    };
    const found = Object.values(site.state.read().domains)
      .filter(inList)
      .filter((domain) => Object.entries(listFilters).every(([flag, holds]) => !args.has(flag) || holds(domain)))
      .sort((a, b) => (a.run?.id ?? Infinity) - (b.run?.id ?? Infinity) || (a.name < b.name ? -1 : 1));
    const shown = (domain: Domain): string =>
      args.has('managed-save') && domain.managedSave ? 'saved' : stateOf(domain);
    if (args.has('name') || args.has('uuid') || args.has('id')) {
      for (const domain of found) {
        const words = [
          ...(args.has('id') ? [domain.run?.id ?? '-'] : []),
          ...(args.has('uuid') ? [domain.uuid] : []),
          ...(args.has('name') ? [domain.name] : []),
        ];
        if (words.join() !== '-') out(`${words.join(' ')}\n`);
      }
      return;
    }
    const title = args.has('title');
    const rows = found.map((domain) => [
      `${domain.run?.id ?? '-'}`,
      domain.name,
      shown(domain),
      ...(title ? [`${domain.name} (practice)`] : []),
    ]);
    out(table(['Id', 'Name', 'State', ...(title ? ['Title'] : [])], rows, quiet));
  },
};
