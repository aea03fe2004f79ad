import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DefaultLogger } from '@temporalio/worker';
import { nowAndThen } from '../../../src/worker/metrics/now-and-then.ts';
import { until } from '../../support/poll.ts';

describe('what is read now and then', () => {
  const said: string[] = [];
  const log = new DefaultLogger('TRACE', ({ level, message }) => void said.push(`${level} ${message}`));
  let end: (() => void) | undefined;
  const read = (run: () => Promise<void>): void => void (end = nowAndThen('the records', run, 5, log));
  afterEach(() => {
    end?.();
    said.length = 0;
  });

  test('is read at once, and again, until it is ended', async () => {
    let times = 0;
    read(async () => Promise.resolve(void (times += 1)));
    expect(times).toBe(1);
    await until('it is read again', () => times > 3);
    end?.();
    const before = times;
    await pause(50);
    expect(times).toBe(before);
  });

  test('is not read beside itself, however long it takes', async () => {
    let times = 0;
    let answer = (): void => {};
    read(() => new Promise((resolve) => ((times += 1), (answer = resolve))));
    await pause(50);
    expect(times).toBe(1);
    answer();
    await until('it is read again', () => times === 2);
  });

  test('says once that it can’t be read, and once that it can again', async () => {
    let times = 0;
    read(async () => {
      times += 1;
      return times < 4 ? Promise.reject(new Error('no database')) : Promise.resolve();
    });
    await until('it is read', () => times > 6);
    expect(said).toEqual([
      "WARN the records can't be read for the metrics, which stay as they were",
      'INFO the records can be read again for the metrics',
    ]);
  });
});
