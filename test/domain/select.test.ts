import { describe, expect, test } from '@jest/globals';
import { selectVms } from '../../src/domain/select.ts';

const names = ['com1', 'com10', 'web01', 'web 02', '[old]', '.hidden', '!x', '$(touch x)'];
const known = names.map((name, at) => ({ name, uuid: `0000000${at}-0000-4000-8000-00000000000a` }));
const select = (selection: Partial<Parameters<typeof selectVms>[1]>) =>
  selectVms(known, { names: [], all: false, exclude: [], ...selection });
const chosen = (selection: Parameters<typeof select>[0]) => select(selection).chosen.map(({ name }) => name);
const fault = (type: string) => expect.objectContaining({ type });

describe('by name', () => {
  test('is exact, keeps the order and takes each once', () => {
    expect(chosen({ names: ['web01', 'com1', 'web01'] })).toEqual(['web01', 'com1']);
  });

  test.each(names)('takes %j', (name) => {
    expect(chosen({ names: [name] })).toEqual([name]);
  });

  test('takes a UUID in any case, together with its name once', () => {
    expect(chosen({ names: ['00000002-0000-4000-8000-00000000000A', 'web01'] })).toEqual(['web01']);
  });

  test('never takes a part of a name; the failure names what is near', () => {
    expect(() => select({ names: ['com'] })).toThrow(
      expect.objectContaining({
        type: 'UnknownVm',
        message: 'There is no VM "com". Did you mean "com1" or "com10"?',
        details: { candidates: ['com1', 'com10'] },
      }),
    );
  });

  test("that is one VM's name and another's UUID means neither: virsh would take it for the UUID", () => {
    const twin = [{ name: known[0]!.uuid, uuid: 'ffffffff-0000-4000-8000-00000000000a' }, ...known];
    expect(() => selectVms(twin, { names: [known[0]!.uuid], all: false, exclude: [] })).toThrow(fault('InvalidInput'));
  });

  test('and all together are refused', () => {
    expect(() => select({ names: ['web01'], all: true })).toThrow(fault('InvalidInput'));
  });
});

describe('all', () => {
  test('are all that are known', () => {
    expect(chosen({ all: true })).toEqual(names);
  });

  test.each([
    [['com*'], ['web01', 'web 02', '[old]', '.hidden', '!x', '$(touch x)']],
    [['com?'], ['com10', 'web01', 'web 02', '[old]', '.hidden', '!x', '$(touch x)']],
    [
      ['[old]', '$(touch x)', '!x'],
      ['com1', 'com10', 'web01', 'web 02', '.hidden'],
    ],
    [
      ['{com,web}*', '.*'],
      ['[old]', '!x', '$(touch x)'],
    ],
  ])('but %j leave %j', (exclude, left) => {
    expect(chosen({ all: true, exclude })).toEqual(left);
  });

  test('say which exclude matched nothing', () => {
    expect(select({ all: true, exclude: ['web*', 'wbe*'] }).unusedExcludes).toEqual(['wbe*']);
  });

  test.each([
    [{ all: true, exclude: ['*'] }, /all 8 are excluded by \*/],
    [{ names: [] }, /No VM is selected/],
  ])('are refused when nothing is left: %j', (selection, message) => {
    expect(() => select(selection)).toThrow(fault('NothingSelected'));
    expect(() => select(selection)).toThrow(message);
  });
});
