import type { Check } from '../../contracts/inspect.ts';
import type { Colours } from '../output.ts';
import { oneLine, printable } from './text.ts';

/** One line each; a remedy below what is not well, as it is to be typed. */
export function checkLines({ name, status, detail, remedy }: Check, colour: Colours): string[] {
  const word = { ok: colour.green, warning: colour.yellow, failed: colour.red }[status](status.padEnd(7));
  const [first = '', ...rest] = printable(detail).split('\n');
  return [
    `${word}  ${oneLine(name)}: ${first}`,
    ...rest.map((line) => `         ${line}`),
    ...(remedy === undefined
      ? []
      : printable(remedy)
          .split('\n')
          .map((line, index) => `         ${index === 0 ? '→' : ' '} ${line}`)),
  ];
}
