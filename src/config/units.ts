import { z } from 'zod';
import { Fault } from '../contracts/faults.ts';

/** Durations, sizes and rates as people write them, in the config file and on the command line. */

const durationText = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;
const durationSeconds = [86_400, 3600, 60, 1] as const;
const durationExpected = 'a duration with its unit, such as 90s, 10m, 1h30m or 2d';

const sizeText = /^(\d+(?:\.\d+)?)(B|[KMGTkmgt](?:i?B)?)$/;
const sizeExpected = 'a size with its unit, such as 500M, 2G (powers of 1024, also as GiB) or 2GB (of 1000)';

const rateText = /^(\d+(?:\.\d+)?)(?:(B|[KMGTkmgt](?:i?B)?)|([KMGTkmgt]bit))(?:\/s)?$/;
const rateExpected = 'a rate with its unit, such as 50M/s (MiB a second) or 400Mbit/s';

/** Whole seconds, more than none: "90s", "10m", "1h30m", "2d". A bare number is refused: seconds? minutes? */
export function parseDuration(text: string): number {
  const parts = durationText.exec(text);
  const seconds = durationSeconds.reduce((sum, unit, index) => sum + unit * Number(parts?.[index + 1] ?? 0), 0);
  return amount(parts && seconds, text, durationExpected);
}

/** Bytes. K, M, G and T are powers of 1024, as dd and qemu-img have it; KB, MB, GB and TB are powers of 1000. */
export function parseSize(text: string): number {
  const parts = sizeText.exec(text);
  return amount(parts && bytes(parts[1], parts[2]), text, sizeExpected);
}

/** Bytes a second, in the units of parseSize ("50M/s", "50M"), or in bits a second ("400Mbit/s"). */
export function parseRate(text: string): number {
  const parts = rateText.exec(text);
  const bits = parts?.[3];
  const perSecond = bits === undefined ? parts && bytes(parts[1], parts[2]) : bytes(parts?.[1], `${bits[0]}B`) / 8;
  return amount(perSecond, text, rateExpected);
}

/** The same three for schemas: text in, a number out. */
export const duration = unit(durationText, durationExpected, parseDuration);
export const size = unit(sizeText, sizeExpected, parseSize);
export const rate = unit(rateText, rateExpected, parseRate);

function bytes(count: string | undefined, suffix = 'B'): number {
  const power = ' KMGT'.indexOf(suffix[0]?.toUpperCase() ?? '');
  const decimal = /^[KMGTkmgt]B$/.test(suffix);
  return Math.round(Number(count) * (decimal ? 1000 : 1024) ** Math.max(0, power));
}

function amount(value: number | null, text: string, expected: string): number {
  if (value === null || value <= 0 || !Number.isSafeInteger(Math.ceil(value)))
    throw new Fault('InvalidInput', `found ${JSON.stringify(text)}, expected ${expected}`);
  return Math.ceil(value);
}

function unit(pattern: RegExp, expected: string, parse: (text: string) => number) {
  return z
    .string({ error: expected })
    .regex(pattern, expected)
    .transform((text, context) => {
      try {
        return parse(text);
      } catch {
        context.addIssue({ code: 'invalid_format', format: 'regex', message: expected });
        return z.NEVER;
      }
    });
}
