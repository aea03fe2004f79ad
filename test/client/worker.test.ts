import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { freePort } from '../../src/client/temporal/ports.ts';
import { builtProgram } from '../support/built.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { until } from '../support/poll.ts';

const program = useCloudProgram(() => Promise.resolve({ clouds: '/nonexistent', cloud: '' }));

interface Told {
  readonly worker: ChildProcess;
  readonly metrics: string;
  text: string;
}

async function start(): Promise<Told> {
  const metrics = `127.0.0.1:${String(await freePort(0))}`;
  const args = [`${await builtProgram()}/client/main.js`, 'worker', '--metrics', metrics];
  const worker = spawn(process.execPath, args, { env: program.env, stdio: ['ignore', 'ignore', 'pipe'] });
  const told: Told = { worker, metrics, text: '' };
  worker.stderr?.setEncoding('utf8').on('data', (chunk: string) => (told.text += chunk));
  return told;
}

/** Metrics are there before the worker is. */
const begins = ({ metrics }: Told): Promise<boolean> =>
  fetch(`http://${metrics}/metrics`).then(
    () => true,
    () => false,
  );
const serves = ({ text }: Told): boolean => text.includes('worker: ready');

/** A service manager takes any other end for a failure, and starts it again or wakes somebody. */
test.each([
  ['before it serves', begins],
  ['while it serves', serves],
])('a worker that is told to stop %s has ended well', async (_when, reached) => {
  const told = await start();
  await until('it is so far', () => reached(told), 60);
  told.worker.kill('SIGTERM');
  expect(await once(told.worker, 'exit')).toEqual([0, null]);
});
