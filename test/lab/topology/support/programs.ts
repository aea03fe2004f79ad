/** Directories of programs, as test/lab/run.mjs found or made them. */
export const programs = JSON.parse(process.env['STACKHAND_LAB_TOPOLOGY'] ?? '{}') as {
  readonly postgresql?: string;
  readonly temporal?: string;
  readonly prometheus?: string;
};
