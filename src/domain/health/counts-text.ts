import type { HealthCounts } from '../../contracts/health.ts';

/** "2 critical, 1 warning; 1 new, 2 still there, 3 resolved, 4 known". */
export function countsText(counts: HealthCounts): string {
  const some = (count: number, of: string): string[] => (count === 0 ? [] : [`${String(count)} ${of}`]);
  const bad = [
    ...some(counts.critical, 'critical'),
    ...some(counts.warning, counts.warning === 1 ? 'warning' : 'warnings'),
    ...some(counts.unknown, 'unknown'),
  ];
  const change = [
    ...some(counts.new, 'new'),
    ...some(counts.stillThere, 'still there'),
    ...some(counts.resolved, 'resolved'),
    ...some(counts.known, 'known'),
  ];
  return [
    bad.length === 0 ? 'nothing is wrong' : bad.join(', '),
    ...(change.length === 0 ? [] : [change.join(', ')]),
  ].join('; ');
}
