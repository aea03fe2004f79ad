import { root } from './run.mjs';
import { Stop, say } from './say.mjs';

/** The Temporal program, fetched where it is missing; after setup. Told on the way, since it may take minutes. */
export async function ensureTemporal() {
  const { ensureTemporalProgram } = await import(`${root}/dist/client/temporal/program.js`);
  try {
    return await ensureTemporalProgram(say);
  } catch (error) {
    throw new Stop(error.message, error.remedy);
  }
}
