/** Sizes, rates and times in people's words. Units are binary, as `ls -h` and `virsh` count. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** "0 B", "512 B", "1.2 GiB", "85 MiB": three digits at most, a decimal only below ten. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 1023.5 would be rounded to "1024 KiB".
  while (unit < units.length - 1 && Math.round(value) >= 1024) {
    value /= 1024;
    unit += 1;
  }
  const rounded = unit > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toString();
  return `${rounded} ${units[unit]}`;
}

/** "85 MiB/s", from bytes per second. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** "0 s", "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": the two largest parts, seconds cut off. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** The time left at this rate, in milliseconds; undefined while nothing can be said. */
export function timeLeft(done: number, total: number, elapsedMilliseconds: number): number | undefined {
  if (done <= 0 || elapsedMilliseconds <= 0 || total < done) return undefined;
  return ((total - done) / done) * elapsedMilliseconds;
}

/** "3 min 20 s left", "almost done"; empty while nothing can be said. */
export function formatEta(done: number, total: number, elapsedMilliseconds: number): string {
  const left = timeLeft(done, total, elapsedMilliseconds);
  if (left === undefined) return '';
  return left < 1000 ? 'almost done' : `${formatDuration(left)} left`;
}

/** "just now", "5 minutes ago", "1 hour ago", "2 days ago", "never"; "in the future" where clocks disagree. */
export function formatAge(at: Date | string | undefined, now: Date): string {
  if (at === undefined) return 'never';
  const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / 60_000);
  if (Number.isNaN(minutes)) return 'unknown';
  if (minutes < -5) return 'in the future';
  if (minutes < 1) return 'just now';
  if (minutes < 60) return ago(minutes, 'minute');
  if (minutes < 48 * 60) return ago(Math.floor(minutes / 60), 'hour');
  return ago(Math.floor(minutes / (24 * 60)), 'day');
}

const ago = (count: number, unit: string): string => `${counted(count, unit)} ago`;

/** "1 host", "2 hosts". */
export const counted = (count: number, thing: string): string => `${String(count)} ${thing}${count === 1 ? '' : 's'}`;
