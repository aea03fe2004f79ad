import type { Command } from 'commander';
import { hostRestore as operation } from '../../contracts/server-operation.schema.ts';
import type { HostRestore } from '../../contracts/server-operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { given, whole } from '../input.ts';
import { operationId } from '../operation-id.ts';
import { serverEndings } from '../server-operation.ts';
import { approvalSaid, cloudOption, limitsOf } from './server-options.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';

interface Options {
  readonly cloud?: string;
  readonly drain?: string;
  readonly bringBack?: boolean;
  readonly yes?: boolean;
  readonly parallel?: number;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function hostRestore(parent: Command, cli: Cli): void {
  define(
    parent,
    'restore <host>',
    'Put a compute host back into scheduling, if it was us who took it out, and migrate back what its last drain moved away and is still where it went.',
    {
      endings: operationEndings,
      instead: serverEndings,
      examples: [
        ['after the maintenance', 'stackhand host restore compute1'],
        ['only into scheduling', 'stackhand host restore compute1 --no-bring-back'],
      ],
    },
  )
    .addOption(cloudOption())
    .option('--drain <operation>', 'what this drain moved, rather than the last one of the host')
    .option('--no-bring-back', 'only put it back into scheduling')
    .option('--parallel <n>', 'servers in work at once', whole(1, 500))
    .addOption(yesOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (host: string, options: Options) => {
      const { cloud, bringBack, detach, reason } = options;
      const input = given<HostRestore>({
        host,
        cloud,
        drain: options.drain === undefined ? undefined : await operationId(cli, options.drain),
        bringBack: bringBack === false ? false : undefined,
        limits: limitsOf(options),
        approved: approvalSaid(options),
      });
      await cli.start(operation, input, { detach, reason });
    });
}
