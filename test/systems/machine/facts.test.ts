import { describe, expect, test } from '@jest/globals';
import { machineFacts } from '../../../src/systems/machine/index.ts';
import { localHost } from '../jobs/support/local.ts';

describe('what a host tells of itself', () => {
  const host = localHost();

  test('this machine, by its own programs', async () => {
    const facts = await machineFacts(host);
    expect(Math.abs(facts.clock.ahead)).toBeLessThanOrEqual(facts.clock.uncertain + 0.05);
    expect(facts.cpus).toBeGreaterThan(0);
    expect(facts.memory.available).toBeLessThan(facts.memory.total);
    for (const { size, used, mountPoint } of facts.space) {
      expect(mountPoint).toMatch(/^\//);
      expect(used).toBeLessThanOrEqual(size);
    }
  });

  test('of the mount points that are asked for, those that give no answer are named', async () => {
    const { space, spaceless } = await machineFacts(host, ['/', '/nowhere at all']);
    expect(space.map(({ mountPoint }) => mountPoint)).toEqual(['/']);
    expect(spaceless).toEqual(['/nowhere at all']);
  });
});
