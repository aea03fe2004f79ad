import type { HealthCounts } from '../../contracts/health.ts';

const some = (count: number, of: string): string[] => (count === 0 ? [] : [`${String(count)} ${of}`]);

/** "2 critical, 3 warnings, 1 unknown"; empty where none is there. */
export const countsByVerdict = ({
  critical,
  warning,
  unknown,
}: Pick<HealthCounts, 'critical' | 'warning' | 'unknown'>): string =>
  [
    ...some(critical, 'critical'),
    ...some(warning, warning === 1 ? 'warning' : 'warnings'),
    ...some(unknown, 'unknown'),
  ].join(', ');

/** "2 critical, 1 warning; 1 new, 2 still there, 3 resolved, 4 known". */
export function countsText(counts: HealthCounts): string {
  const change = [
    ...some(counts.new, 'new'),
    ...some(counts.stillThere, 'still there'),
    ...some(counts.resolved, 'resolved'),
    ...some(counts.known, 'known'),
  ].join(', ');
  return [countsByVerdict(counts) || 'nothing is wrong', change].filter((text) => text !== '').join('; ');
}
