import { describe, expect, test } from '@jest/globals';
import { parseDuration, parseRate, parseSize } from '../../src/config/units.ts';

const mebi = 1024 ** 2;

describe('durations are whole seconds', () => {
  test.each([
    ['90s', 90],
    ['10m', 600],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['1d1h1m1s', 90_061],
  ])('%s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', '10', '0s', '-5m', '1.5h', '10 m', '10min', '5m1h', 'm', '99999999999999999d', '10m\n'])(
    'refuses %j, saying what was expected',
    (text) => expect(() => parseDuration(text)).toThrow(/^found ".*", expected a duration with its unit, such as 90s/),
  );
});

describe('sizes are bytes, in the units of dd and qemu-img', () => {
  test.each([
    ['1B', 1],
    ['500M', 500 * mebi],
    ['500m', 500 * mebi],
    ['2G', 2048 * mebi],
    ['2GiB', 2048 * mebi],
    ['2GB', 2e9],
    ['1.5K', 1536],
    ['1T', mebi * mebi],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '500', '0M', '-1G', '5P', 'G', '1 G', '9999999999T', '50M/s'])('refuses %j', (text) =>
    expect(() => parseSize(text)).toThrow(/expected a size with its unit/),
  );
});

describe('rates are bytes a second', () => {
  test.each([
    ['50M/s', 50 * mebi],
    ['50M', 50 * mebi],
    ['50MB/s', 50e6],
    ['400Mbit/s', 50e6],
    ['1Gbit', 125e6],
    ['100Kbit/s', 12_500],
  ])('%s', (text, perSecond) => expect(parseRate(text)).toBe(perSecond));

  test.each(['', '50', '0M/s', '50M/m', 'fast', '400bit/s'])('refuses %j', (text) =>
    expect(() => parseRate(text)).toThrow(/expected a rate with its unit/),
  );
});

test('a refusal is a Fault that the command line knows', () => {
  expect(() => parseDuration('soon')).toThrow(expect.objectContaining({ name: 'Fault', type: 'InvalidInput' }));
});
