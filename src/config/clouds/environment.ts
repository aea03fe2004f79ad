import type { CloudSettings } from './cloud-settings.ts';

/** OS_AUTH_URL and the like as settings; names of other things that begin with OS_ do no harm. */
export const environmentSettings = (env: Readonly<Record<string, string | undefined>>): CloudSettings =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('OS_') && value !== undefined ? [[name.slice(3).toLowerCase(), value]] : [],
    ),
  );
