import type { Cloud } from '../servers/cloud-pool.ts';

/** Seconds: what was planned yesterday is another cloud today. */
const defaultAge = 24 * 3600;

/** Until when a plan that was made then may be applied; milliseconds since the epoch. */
export const planExpiry = ({ entry }: Cloud, createdAt: number): number =>
  createdAt + (entry?.planAge ?? defaultAge) * 1000;
