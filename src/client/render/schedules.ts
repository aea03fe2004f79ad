import { oneLine } from './text.ts';

/** "Mon 2026-11-23 02:00 CET", as people of that zone say it. */
export function inZone(at: Date, timezone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
    timeZone: timezone,
    timeZoneName: 'short',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part['weekday'] ?? ''} ${part['year'] ?? ''}-${part['month'] ?? ''}-${part['day'] ?? ''} ${part['hour'] ?? ''}:${part['minute'] ?? ''} ${part['timeZoneName'] ?? ''}`;
}

/** The next few times it runs. */
export function nextRuns(times: readonly Date[], timezone: string): string[] {
  if (times.length === 0) return ['it has no next run: look at its cron line'];
  return times
    .slice(0, 5)
    .map((at, index) => `${index === 0 ? 'next run' : '    then'}  ${oneLine(inZone(at, timezone))}`);
}
