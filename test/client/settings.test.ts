import { describe, expect, test } from '@jest/globals';
import { settingsFrom } from '../../src/client/settings.ts';
import type { GlobalOptions } from '../../src/client/settings.ts';

const streams = (isTTY: boolean) => ({
  stdin: { isTTY },
  stdout: Object.assign(process.stdout, {}),
  stderr: { write: () => true, isTTY } as unknown as NodeJS.WritableStream,
});

const settings = (options: GlobalOptions, env: NodeJS.ProcessEnv, isTTY = true) =>
  settingsFrom(options, env, { ...streams(isTTY), stdout: streams(isTTY).stderr });

describe('colours', () => {
  test.each([
    ['a terminal has them', {}, {}, true, true],
    ['a pipe has not', {}, {}, false, false],
    ['--no-color', { color: false }, { FORCE_COLOR: '1' }, true, false],
    ['NO_COLOR', {}, { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR is none', {}, { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR', {}, { FORCE_COLOR: '1' }, false, true],
    ['TERM=dumb', {}, { TERM: 'dumb' }, true, false],
  ])('%s', (_name, options, env, isTTY, wanted) => {
    expect(settings(options, env, isTTY).colour).toEqual({ stdout: wanted, stderr: wanted });
  });

  test('never in a document', () => {
    expect(settings({ json: true }, {}).colour.stdout).toBe(false);
  });
});

describe('questions', () => {
  test('are asked on a terminal alone, and not in the midst of --json, --quiet or CI', () => {
    expect(settings({}, {}).interactive).toBe(true);
    expect(settings({}, {}, false).interactive).toBe(false);
    expect(settings({ json: true }, {}).interactive).toBe(false);
    expect(settings({ quiet: true }, {}).interactive).toBe(false);
    expect(settings({}, { CI: 'true' }).interactive).toBe(false);
  });
});

test('--config wins over STACKHAND_CONFIG', () => {
  expect(settings({ config: 'a' }, { STACKHAND_CONFIG: 'b' }).config).toBe('a');
  expect(settings({}, { STACKHAND_CONFIG: 'b' }).config).toBe('b');
  expect(settings({}, { STACKHAND_CONFIG: '' }).config).toBeUndefined();
});
