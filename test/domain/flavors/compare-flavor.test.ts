import { describe, expect, test } from '@jest/globals';
import type { FlavorWithAccess } from '../../../src/contracts/flavor.ts';
import { completeFlavor, driftOf, driftText, needsReplacing } from '../../../src/domain/flavors/compare-flavor.ts';

const there: FlavorWithAccess = {
  ...{ id: 'x', name: 'a', vcpus: 1, ram: 64, disk: 1, ephemeral: 0, swap: 0, public: true },
  ...{ properties: { k: 'v' }, projects: [] },
};

describe('a flavor against what is wanted', () => {
  test('what is not said is as it is there: only what is said differs', () => {
    const wanted = completeFlavor({ name: 'a', vcpus: 1, ram: 64, disk: 1 }, 'new', [], there);
    expect(driftOf(there, wanted)).toEqual([]);
    const larger = completeFlavor({ name: 'a', vcpus: 1, ram: 128, disk: 1 }, 'new', [], there);
    expect(driftText(driftOf(there, larger))).toBe('ram 64, wanted 128');
    expect(larger).toMatchObject({ id: 'x', properties: { k: 'v' } });
  });

  test('properties and access are changed in place; sizes, id and being public only by a new one', () => {
    const wanted = completeFlavor({ name: 'a', vcpus: 1, ram: 64, disk: 1, properties: { l: 'w' } }, 'new', [], there);
    expect(driftText(driftOf(there, wanted))).toBe('property k v, wanted not set; property l not set, wanted w');
    expect(needsReplacing(driftOf(there, wanted))).toBe(false);
    expect(needsReplacing(driftOf(there, { ...there, public: false }))).toBe(true);
  });

  test("where nothing is there it is Nova's default; one for some projects is not public", () => {
    const spec = { name: 'b', vcpus: 1, ram: 64, disk: 1 };
    expect(completeFlavor(spec, 'new', [])).toMatchObject({ id: 'new', ephemeral: 0, swap: 0, public: true });
    expect(completeFlavor({ ...spec, projects: ['p'] }, 'new', ['1'])).toMatchObject({
      public: false,
      projects: ['1'],
    });
  });
});
