import { out } from '../stand-in.ts';
import { failure, type Command } from './command.ts';
import { table } from './table.ts';

/** Libvirt knows no pool on a practice site: the images lie in a plain directory. */
function inPool(shape: Command['shape']): Command {
  return {
    shape: { ...shape, data: ['pool', ...(shape.data ?? [])] },
    run({ args }) {
      const pool = args.need('pool');
      throw failure(
        `failed to get pool '${pool}'`,
        `Storage pool not found: no storage pool with matching name '${pool}'`,
      );
    },
  };
}

const poolList: Command = {
  shape: { flags: ['all', 'inactive', 'name', 'uuid', 'persistent', 'transient', 'autostart', 'details'] },
  run({ args, quiet }) {
    if (!args.has('name') && !args.has('uuid')) out(table(['Name', 'State', 'Autostart'], [], quiet));
  },
};

export const storage: Record<string, Command> = {
  'pool-list': poolList,
  'pool-dumpxml': inPool({ flags: ['inactive'] }),
  'pool-refresh': inPool({}),
  'vol-list': inPool({ flags: ['details'] }),
  'vol-dumpxml': inPool({ data: ['vol'] }),
};
