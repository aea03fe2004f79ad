import type { BackupSettings } from '../contracts/settings.ts';
import type { Domain } from '../contracts/vm.ts';

/** The steps of a backup, in their order, as they are shown before they begin. */
export function backupSteps(
  { sources }: Pick<Domain, 'sources'>,
  { startEarly, verify }: Pick<BackupSettings, 'startEarly' | 'verify'>,
): string[] {
  const names = sources.map(({ archive }) => archive);
  const archives = names.flatMap((name) => (startEarly ? [`Read ${name}`, `Archive ${name}`] : [`Archive ${name}`]));
  const early = startEarly ? archives.length - 1 : archives.length;
  const checks = names.flatMap((name) =>
    verify === 'compare' ? [`Verify ${name}`, `Compare ${name}`] : [`Verify ${name}`],
  );
  return [
    'Mount',
    'Preflight',
    'Shut down',
    ...(sources.some(({ format }) => format === 'qcow2') ? ['Check the images'] : []),
    ...archives.slice(0, early),
    ...(startEarly ? ['Start'] : []),
    ...archives.slice(early),
    ...(verify === 'none' ? ['Verify'] : checks),
    'Finish',
    ...(startEarly ? [] : ['Start']),
    'Retention',
    'Unmount',
  ];
}
