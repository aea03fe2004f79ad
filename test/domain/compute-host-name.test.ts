import { describe, expect, test } from '@jest/globals';
import { computeHostNamed } from '../../src/domain/compute-host-name.ts';

describe('the name of a compute host', () => {
  const known = ['com1', 'com10', 'com2.rack1.example', 'com2.rack2.example', 'com3.rack1.example'];

  test('is exact: com1 is never com10', () => {
    expect(computeHostNamed('com1', known)).toBe('com1');
    expect(() => computeHostNamed('com', known)).toThrow('there is no compute host "com"');
  });

  test('may be the first label where that is unique', () => {
    expect(computeHostNamed('com3', known)).toBe('com3.rack1.example');
    expect(() => computeHostNamed('com2', known)).toThrow(
      '"com2" is the beginning of several hosts: com2.rack1.example, com2.rack2.example',
    );
    expect(() => computeHostNamed('com3.rack1', known)).toThrow('there is no compute host');
  });
});
