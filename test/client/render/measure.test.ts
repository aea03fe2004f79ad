import { describe, expect, test } from '@jest/globals';
import { Rates, bar, measure, percent } from '../../../src/client/render/measure.ts';

describe('percent', () => {
  test('is 100 at the end and not before', () => {
    expect(percent(999_999, 1_000_000)).toBe(99);
    expect(percent(1_000_000, 1_000_000)).toBe(100);
    expect(percent(5, 0)).toBe(100);
  });
});

describe('a measure', () => {
  test('counts pieces as pieces and bytes as bytes', () => {
    expect(measure(3, 20, undefined)).toBe('15 %  3 of 20');
    expect(measure(0, 2 ** 30, 0)).toBe('0 %  0 B of 1 GiB  0 B/s');
  });

  test('has a bar that neither bursts nor breaks', () => {
    expect(bar(2, 1, 4, false)).toBe('####');
    expect(bar(0, 0, 4, false)).toBe('....');
  });
});

describe('a rate that no heartbeat tells', () => {
  test('comes from what was seen', () => {
    const rates = new Rates();
    expect(rates.rate('vda', 0, 0)).toBeUndefined();
    expect(rates.rate('vda', 1000, 1000)).toBe(1000);
    expect(rates.rate('vda', 3000, 2000)).toBeCloseTo(1300);
  });

  test('holds between two heartbeats, and is forgotten when nothing moves', () => {
    const rates = new Rates();
    rates.rate('vda', 0, 0);
    rates.rate('vda', 1000, 1000);
    expect(rates.rate('vda', 1000, 3000)).toBe(1000);
    expect(rates.rate('vda', 1000, 20_000)).toBeUndefined();
  });

  test('starts anew when a step does', () => {
    const rates = new Rates();
    rates.rate('vda', 5000, 0);
    expect(rates.rate('vda', 10, 1000)).toBeUndefined();
  });
});
