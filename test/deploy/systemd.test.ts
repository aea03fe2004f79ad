import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const unit = readFileSync(new URL('deploy/systemd/stackhand-worker.service', root), 'utf8').split('\n');
const setting = (name: string): string | undefined =>
  unit.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);

/** That systemd understands it, and how exposed it is: test/lab/topology. */
describe('deploy/systemd/stackhand-worker.service', () => {
  test('runs the worker as a user of its own, again whenever it ends', () => {
    expect(setting('User')).toBe('stackhand');
    expect(setting('Restart')).toBe('always');
    const [, program = ''] = /\/opt\/stackhand\/dist\/(\S+)\.js worker/.exec(setting('ExecStart') ?? '') ?? [];
    expect(existsSync(new URL(`src/${program}.ts`, root))).toBe(true);
  });

  test('leaves the worker longer to end than its activities get to let go', () => {
    const [, grace] =
      /shutdownGraceTime: '(\d+)s'/.exec(readFileSync(new URL('src/worker/run.ts', root), 'utf8')) ?? [];
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan(2 * Number(grace));
    // To the first process only: it passes the signal on, and a worker that gets two does not end in order.
    expect(setting('KillMode')).toBe('mixed');
  });

  test('has no secret written in it', () => {
    expect(unit.filter((line) => /^(Environment|SetCredential)=.*(PASS|TOKEN|KEY|SECRET)/i.test(line))).toEqual([]);
    expect(setting('LoadCredential')).toMatch(/^ssh_key:\/etc\/stackhand\//);
  });
});
