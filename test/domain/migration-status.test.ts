import { describe, expect, test } from '@jest/globals';
import { migrationEnded, migrationWaits } from '../../src/domain/migration-status.ts';

describe("Nova's migration records", () => {
  test('change no more once they ended, and do not move while they wait', () => {
    const all = ['accepted', 'queued', 'preparing', 'running', 'completed', 'failed', 'error', 'cancelled', 'finished'];
    expect(all.filter(migrationEnded)).toEqual(['completed', 'failed', 'error', 'cancelled', 'finished']);
    expect(all.filter(migrationWaits)).toEqual(['accepted', 'queued', 'preparing']);
  });
});
