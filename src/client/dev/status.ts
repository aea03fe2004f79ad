import { connect } from '../connect.ts';
import { firstOperations } from '../operations.ts';
import { pollers } from '../queues.ts';
import { devState } from '../temporal/dev.ts';
import { taskQueue } from '../../contracts/operation.ts';
import { devLog, supervisor } from './supervisor-state.ts';
import { counted } from '../../domain/format.ts';

export interface DevStatus {
  readonly running: boolean;
  readonly pid?: number;
  readonly address?: string;
  readonly webUi?: string;
  readonly data?: string;
  readonly logs?: readonly string[];
  readonly workers: readonly string[];
  /** Operations that have not ended. */
  readonly open: number;
}

export async function devStatus(): Promise<DevStatus> {
  const [server, keeper] = [await devState(), await supervisor()];
  if (server === undefined)
    return { running: false, ...(keeper === undefined ? {} : { pid: keeper.pid }), workers: [], open: 0 };
  const known = {
    ...(keeper === undefined ? {} : { pid: keeper.pid }),
    ...{ address: server.address, webUi: server.uiAddress, data: server.dbFile, logs: [devLog(), server.logFile] },
  };
  const { client, close } = await connect({ address: server.address, namespace: 'default' });
  try {
    const workers = (await pollers(client, taskQueue)).map(({ identity }) => identity);
    const { found } = await firstOperations(client, { open: true }, 1000);
    return { running: keeper !== undefined && workers.length > 0, ...known, workers, open: found.length };
  } finally {
    await close();
  }
}

export function statusLines(status: DevStatus): string[] {
  const { address, webUi, data, logs, workers, open, pid } = status;
  if (address === undefined) return ['stackhand dev does not run'];
  return [
    `Temporal    ${address}`,
    `Web UI      ${webUi ?? '-'}`,
    `worker      ${workers.length === 0 ? 'none' : workers.join(', ')}`,
    `kept up by  ${pid === undefined ? 'nobody: stackhand dev has ended, its server runs on' : `process ${String(pid)}`}`,
    `open        ${counted(open, 'operation')}`,
    `data        ${data ?? '-'}`,
    ...(logs ?? []).map((log, index) => `${index === 0 ? 'logs' : '    '}        ${log}`),
  ];
}
