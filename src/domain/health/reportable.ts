import type { Problem } from '../../contracts/health.ts';
import { masked } from './mask.ts';

/** Characters of a sentence, of a line of evidence, of a command; and lines of evidence. */
const most = { what: 1000, line: 2000, next: 2000, lines: 20 };

/** First cut wide, since much of it would take long; what is left of a secret then is beyond the second cut. */
const told = (text: string, length: number): string => cut(masked(text.slice(0, 4 * length)), length);

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

/** What is kept and told of a problem: without secrets, and no more than a report has room for. */
export function reportable({ evidence, next, ...problem }: Problem): Problem {
  return {
    ...problem,
    what: told(problem.what, most.what),
    ...(evidence === undefined ? {} : { evidence: evidence.slice(0, most.lines).map((line) => told(line, most.line)) }),
    // One that is cut off would be another command.
    ...(next === undefined || next.length > most.next ? {} : { next }),
  };
}
