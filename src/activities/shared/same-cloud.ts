import { Fault } from '../../contracts/faults.ts';
import type { Cloud } from '../servers/cloud-pool.ts';

/**
 * The cloud, if it is the one that a plan is about: a name may mean another one to another worker.
 * @throws Fault PlanChanged
 */
export function sameCloud(cloud: Cloud, key: string): Cloud {
  if (cloud.key === key) return cloud;
  throw new Fault('PlanChanged', `to this worker ${cloud.name} is ${cloud.key}, and the plan is about ${key}`);
}
