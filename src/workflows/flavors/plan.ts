import type { FlavorChange } from '../../contracts/flavor.ts';
import type { Item } from '../../contracts/operation.ts';
import { driftText, sizeText } from '../../domain/flavors/compare-flavor.ts';
import type { Op } from '../shared/op.ts';

const verbs = { create: 'Create', replace: 'Replace', update: 'Update', none: 'Leave' } as const;

/** One line of the ledger for each flavor, with what is to be done and why. */
export function showFlavorPlan(changes: readonly FlavorChange[], op: Op): Map<string, Item> {
  const items = new Map<string, Item>();
  for (const { flavor, action, drift, why } of changes) {
    const item = op.story.item(`flavor ${flavor.name}`, flavor.name, `${verbs[action]} ${flavor.name}`);
    item.why = why ?? (action === 'create' ? sizeText(flavor) : driftText(drift));
    if (action === 'none') item.state = 'left alone';
    items.set(flavor.name, item);
  }
  op.story.tell();
  return items;
}

/** "create 12 flavors, 3 are there already, 1 is different". */
export function flavorPlanText(changes: readonly FlavorChange[]): string {
  const count = (holds: (change: FlavorChange) => boolean): number => changes.filter(holds).length;
  const of = (action: FlavorChange['action']): number => count((change) => change.action === action);
  const same = count(({ action, drift, before }) => action === 'none' && drift.length === 0 && before !== undefined);
  const different = count(({ action, drift }) => action === 'none' && drift.length > 0);
  const refused = of('none') - same - different;
  const parts: readonly (readonly [number, string])[] = [
    [of('create'), 'to create'],
    [of('replace'), 'to replace'],
    [of('update'), 'to update'],
    [same, 'there already'],
    [different, 'different'],
    [refused, 'in the way of another'],
  ];
  return parts
    .filter(([number]) => number > 0)
    .map(([number, text], at) => `${String(number)}${at === 0 ? (number === 1 ? ' flavor' : ' flavors') : ''} ${text}`)
    .join(', ');
}
