import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLine } from './state.ts';
import type { Scratch } from './scratch.ts';

/** Appends to the domain's log in the form libvirt gives it, so that one way of counting starts serves everywhere. */
export function recordRun(scratch: Scratch, line: LogLine): void {
  mkdirSync(scratch.logs, { recursive: true });
  const at = new Date(line.at).toISOString().replace('T', ' ').replace('Z', '+0000');
  appendFileSync(join(scratch.logs, `${line.domain.replaceAll('/', '_')}.log`), `${at}: ${line.text}\n`);
}
