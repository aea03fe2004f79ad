import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { buildCommand } from '../../../src/systems/host/command.ts';
import { follow, type End, type Finished, type Running } from '../../../src/systems/host/execution.ts';

/** A command that ends when the test says so. */
class Puppet implements Running {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  exit: (end: End) => void = () => undefined;
  close: (whole: boolean) => void = () => undefined;

  onExit(listener: (end: End) => void): void {
    this.exit = listener;
  }

  onClose(listener: (whole: boolean) => void): void {
    this.close = listener;
  }

  release(): void {}
}

const followed = (puppet: Puppet): Promise<Finished> =>
  follow(puppet, buildCommand(['true'], { deadline: 1 }, false), {}, performance.now(), 0);

describe('a followed command', () => {
  test('that told its exit before the connection broke has no end: its output may be half', async () => {
    const puppet = new Puppet();
    const finished = followed(puppet);
    puppet.stdout.write('half of the li');
    puppet.exit({ code: 0 });
    puppet.close(false);
    expect(await finished).toMatchObject({ end: undefined, overdue: false });
  });

  test('that told its exit and then closed has an end', async () => {
    const puppet = new Puppet();
    const finished = followed(puppet);
    puppet.exit({ code: 3 });
    puppet.close(true);
    expect(await finished).toMatchObject({ end: { code: 3 }, overdue: false });
  });

  test('that tells nothing is overdue once its deadline and the grace have passed', async () => {
    const finished = await followed(new Puppet());
    expect(finished).toMatchObject({ end: undefined, overdue: true });
    expect(finished.elapsedMs).toBeGreaterThanOrEqual(990);
  });
});
