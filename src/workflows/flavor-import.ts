import { uuid4 } from '@temporalio/workflow';
import { flavorTitle } from '../contracts/flavor.ts';
import type { FlavorImport, FlavorImportResult } from '../contracts/flavor.ts';
import { flavorPlanText, showFlavorPlan } from './flavors/plan.ts';
import { applyFlavorPlan, isNotAsWanted } from './flavors/apply.ts';
import { operate } from './shared/operate.ts';

/** Makes flavors what a file, or a command line, says: what is missing is made, what differs is told or replaced. */
export const flavorImport = operate<FlavorImport, FlavorImportResult>(flavorTitle, async (input, op) => {
  const ids = input.flavors.map(() => uuid4());
  const plan = await op.step('Plan', (at) => at.planFlavors(input, ids));
  const { cloud, cloudKey, changes, hash, expiresAt } = plan;
  op.story.tag({ cloud });
  const items = showFlavorPlan(changes, op);
  const open = changes.filter(({ action }) => action !== 'none');
  if (input.planOnly === true || open.length === 0) {
    const differ = changes.filter(isNotAsWanted).length;
    return {
      summary: `${open.length === 0 ? 'Nothing to do: ' : ''}${flavorPlanText(changes)}`,
      result: { cloud, changes },
      ...(input.planOnly !== true && differ > 0 ? { outcome: 'partial' } : {}),
    };
  }

  const what = `${flavorPlanText(changes)} in ${cloud}`;
  await op.gate({ what, hash, expiresAt }, input.approved === true ? {} : undefined);
  await op.lock(`flavors/${cloudKey}`);
  return applyFlavorPlan(plan, input, items, op);
});
