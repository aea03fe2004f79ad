/** One short line each on stderr, so that stdout stays the answer. */
export const say = (line) => process.stderr.write(`${line}\n`);

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** A failure that a person can act on: one sentence, then the line to type. */
export class Stop extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

/** Runs a script's main part; a Stop ends it with its remedy instead of a stack. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(`\n✗ ${error.message}`);
    if (error.remedy !== undefined) say(`  → ${error.remedy}`);
    process.exitCode = 1;
  }
}
