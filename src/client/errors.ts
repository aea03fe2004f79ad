import { CommanderError } from 'commander';
import type { FailureText } from '../contracts/operation.ts';
import { Fault, isFault, namesAll } from '../contracts/faults.ts';
import type { FaultType } from '../contracts/faults.ts';
import type { Ending } from './exit-codes.ts';
import type { Colours } from './output.ts';
import { printable } from './render/text.ts';

/** A failure as a person, a script and the shell meet it. */
export interface Problem extends FailureText {
  readonly ending: Ending;
  readonly candidates?: readonly string[];
  readonly output?: string;
}

/** What a worker reported: an operation that failed, told in its own words. */
export class Failed extends Error {
  readonly failure: FailureText;

  constructor(failure: FailureText) {
    super(failure.message);
    this.name = 'Failed';
    this.failure = failure;
  }
}

/** A person said no, or Ctrl-C, at a question. Nothing was started. */
export class Declined extends Error {
  constructor() {
    super('nothing was started');
    this.name = 'Declined';
  }
}

/** Found before anything was started: by the rule of exit-codes.ts the command line or the config is wrong. */
const before: readonly FaultType[] = [
  'InvalidInput',
  'ConfigInvalid',
  'NothingSelected',
  'ShutdownNotAgreed',
  'UnknownOperation',
  'UnknownSchedule',
  'UnknownVm',
  'UnknownHost',
  'UnknownRepository',
];
const noAnswer: readonly FaultType[] = ['TemporalUnreachable', 'TemporalRefused', 'NoWorker', 'NoFilesWorker'];

/** Errors of commander are told by commander itself; its own exit code is 1 for all of them. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CommanderError) return { type: 'InvalidInput', message: commanderSays(error), ending: 'usage' };
  if (error instanceof Declined) return { type: 'Declined', message: error.message, ending: 'usage' };
  if (error instanceof Failed) return { ...error.failure, ending: 'failed' };
  const fault = isFault(error) ? error : faultFromTemporal(error);
  if (fault === undefined)
    return {
      type: 'Unexpected',
      message: error instanceof Error ? error.message : String(error),
      remedy: 'STACKHAND_DEBUG=1 shows where it comes from',
      ending: 'failed',
    };
  const { where, candidates, output } = fault.details;
  return {
    type: fault.type,
    message: fault.message,
    remedy: fault.remedy,
    ...(where === undefined ? {} : { where }),
    ...(candidates === undefined || candidates.length === 0 ? {} : { candidates }),
    ...(output === undefined ? {} : { output }),
    ending: endingOf(fault.type),
  };
}

const commanderSays = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'which command is missing' : message.replace(/^error: /, '');

function endingOf(type: FaultType): Ending {
  if (before.includes(type)) return 'usage';
  return noAnswer.includes(type) ? 'unreachable' : 'failed';
}

/**
 * gRPC's codes for what may work a moment later: a deadline that passed, as we see it and as the server does (cancelled),
 * and unavailable.
 */
const unreachable: readonly number[] = [1, 4, 14];

export const mayPass = (error: unknown): boolean => unreachable.includes(grpcStatus(error)?.code ?? 0);

const refused: readonly number[] = [7, 16];

/** gRPC's codes, as the SDK passes them on: in the error itself, or in its cause. */
function faultFromTemporal(error: unknown): Fault | undefined {
  const status = grpcStatus(error);
  if (status === undefined) return undefined;
  const { code, details } = status;
  if (unreachable.includes(code))
    return new Fault('TemporalUnreachable', `Temporal does not answer (${inWords(details)})`, {}, { cause: error });
  if (refused.includes(code)) return new Fault('TemporalRefused', `Temporal refused: ${details}`, {}, { cause: error });
  if (isUnpolled(details))
    return new Fault('NoWorker', 'no worker is there to answer for the operation', {}, { cause: error });
  if (/search attribute/i.test(details))
    return new Fault(
      'TemporalRefused',
      `Temporal lacks a search attribute: ${details}`,
      { remedy: 'stackhand doctor names the missing ones and the commands that add them' },
      { cause: error },
    );
  if (/namespace.*not found/i.test(details))
    return new Fault('TemporalRefused', `Temporal has no such namespace: ${details}`, {}, { cause: error });
  return new Fault('TemporalRefused', `Temporal answered: ${details}`, { remedy: 'see its message' }, { cause: error });
}

/** Temporal's words for a query to a workflow whose queue nobody polls: service/matching of its server. */
const isUnpolled = (details: string): boolean => /no poller seen for task queue/i.test(details);

export const lacksWorker = (error: unknown): boolean => isUnpolled(grpcStatus(error)?.details ?? '');

/** What gRPC says of a connection, without its inner workings. */
function inWords(details: string): string {
  if (/deadline exceeded|call cancelled/i.test(details)) return 'no answer in time';
  if (details.includes('ECONNREFUSED')) return 'connection refused: nothing listens there';
  return details.replace(/^No connection established\. Last error: (null\. )?/, '');
}

function grpcStatus(error: unknown): { code: number; details: string } | undefined {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as Error).cause) {
    const { code, details } = current as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && typeof details === 'string') return { code, details: details || 'no details' };
  }
  return undefined;
}

/** What, where, why, what next: one line each. */
export function problemLines(problem: FailureText & Partial<Problem>, colour: Colours): string[] {
  const line = (name: string, text: string): string => `  ${colour.dim(name.padEnd(11))}${indented(text)}`;
  return [
    `${colour.red(colour.bold('error:'))} ${printable(problem.message)}`,
    ...(problem.where === undefined ? [] : [line('where', problem.where)]),
    ...(problem.candidates === undefined || namesAll(problem.message, problem.candidates)
      ? []
      : [line('nearest', problem.candidates.join(', '))]),
    ...(problem.output === undefined ? [] : [line('output', problem.output.trimEnd())]),
    ...(problem.remedy === undefined ? [] : [line('what next', problem.remedy)]),
  ];
}

const indented = (text: string): string => printable(text).replaceAll('\n', `\n${' '.repeat(13)}`);
