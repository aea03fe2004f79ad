import type { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { HttpAnswer } from './exchange.ts';
import { requestIdOf } from './answer-fault.ts';

/**
 * The body of an answer, held against what we read of it. An answer may come without Content-Length, so a body that
 * was cut off shows only here.
 * @throws Fault CloudAnswerInvalid
 */
export function parseAnswer<T extends z.ZodType>(answer: HttpAnswer, schema: T, what: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw invalid(
      answer,
      `${what}: the answer ends in the middle or is no JSON (${String(answer.text.length)} characters)`,
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(
    answer,
    `${what}: the answer has no proper ${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? ''}`,
  );
}

function invalid(answer: HttpAnswer, message: string): Fault {
  const requestId = requestIdOf(answer);
  return new Fault('CloudAnswerInvalid', message, {
    status: answer.status,
    ...(requestId === undefined ? {} : { requestId, where: requestId }),
    arrived: 'maybe',
  });
}
