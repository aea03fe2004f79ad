import type { HealthMemory } from '../../contracts/health.ts';

/**
 * What is remembered once people were told of what the run tells: when that was, and no more of what is over. Where
 * nobody could be told it stays as it is, for the next run to tell.
 */
export function toldOf({ at, telling, findings }: HealthMemory): HealthMemory['findings'] {
  const told = new Set(telling);
  return findings
    .filter(({ ended }) => ended !== true)
    .map((finding) => (told.has(finding.id) ? { ...finding, toldAt: at } : finding));
}
