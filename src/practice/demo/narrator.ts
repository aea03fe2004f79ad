import picocolors from 'picocolors';

const { bold, cyan, dim, green, red } = picocolors.createColors(process.stdout.isTTY && !process.env['NO_COLOR']);

/** A sentence of the show. */
export function tell(text: string): void {
  process.stdout.write(`\n${bold(cyan('▶'))} ${bold(text)}\n`);
}

export function detail(text: string): void {
  process.stdout.write(`  ${dim(text)}\n`);
}

/** A command about to run, as the person would type it. */
export function command(...words: string[]): void {
  process.stdout.write(`\n  ${bold(`$ ${words.join(' ')}`)}\n\n`);
}

/** One thing that was promised, and whether it held. */
export function verdict(holds: boolean, text: string): boolean {
  process.stdout.write(`  ${holds ? green('✓') : red('✗')} ${text}\n`);
  return holds;
}

export function plain(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Overwrites the line before on a terminal; in a log only the last one is printed. */
export function meter(text: string, last: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K  ${text}${last ? '\n' : ''}`);
  else if (last) process.stdout.write(`  ${text}\n`);
}

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
