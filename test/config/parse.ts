import { isFault } from '../../src/contracts/faults.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { ParseOptions } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/schema.ts';

export const parse = (text: string, options: Partial<ParseOptions> = {}): Config =>
  parseConfig(text, { file: '/etc/stackhand.yaml', home: '/home/ops', ...options });

/** The lines of a refusal, without the file's directory: "stackhand.yaml:2:3 hosts.kvm1: …". */
export function problems(text: string, options: Partial<ParseOptions> = {}): string[] {
  try {
    parse(text, options);
  } catch (error) {
    if (!isFault(error) || error.type !== 'ConfigInvalid') throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace('/etc/', ''));
  }
  return [];
}
