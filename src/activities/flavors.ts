import { Context } from '@temporalio/activity';
import type { FlavorBatch, FlavorImport, FlavorOutcome, FlavorPlan, FlavorWithAccess } from '../contracts/flavor.ts';
import { listFlavors } from '../systems/openstack/index.ts';
import { changeFlavor } from './flavors/change-flavor.ts';
import { planFlavors, withAccess } from './flavors/plan-flavors.ts';
import { sameCloud } from './shared/same-cloud.ts';
import type { Deps } from './shared/deps.ts';
import { tell } from './shared/heartbeat.ts';

export const flavorActivities = ({ clouds }: Deps) => ({
  /**
   * Looks what flavors there are, and decides about each that is wanted. `ids` are what those get that are not there
   * and have none. Effect: none. Cancel: ends at once. Permanent: UnknownProject, CloudForbidden.
   */
  async planFlavors(input: FlavorImport, ids: readonly string[]): Promise<FlavorPlan> {
    return planFlavors(input, ids, clouds.get(input.cloud));
  },

  /**
   * Makes each flavor of a batch what the plan says, whole or not at all. Key: the flavor's id, which the plan chose. A
   * retry looks at what is there and goes on from it. Cancel: only `abandon` reaches it; each flavor is whole before
   * the next begins. Permanent: PlanChanged, CloudLoginRefused; what one flavor fails with is its outcome.
   */
  async applyFlavors({ cloud: name, cloudKey, changes, evenInUse }: FlavorBatch): Promise<FlavorOutcome[]> {
    const cloud = sameCloud(clouds.get(name), cloudKey);
    const first = Context.current().info.attempt === 1;
    let done = 0;
    return Promise.all(
      changes.map(async (change) => {
        const outcome = await changeFlavor(change, cloud, { evenInUse, first });
        done += 1;
        tell({ done, total: changes.length });
        return outcome;
      }),
    );
  },

  /** Every flavor that the user sees, with its properties and who may use it. Effect: none. Permanent: CloudForbidden. */
  async listFlavors(name: string | undefined): Promise<{ cloud: string; flavors: FlavorWithAccess[] }> {
    const cloud = clouds.get(name);
    const all = await listFlavors(cloud.session);
    const flavors = await Promise.all(all.map((flavor) => withAccess(flavor, cloud)));
    return { cloud: cloud.name, flavors: flavors.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
});
