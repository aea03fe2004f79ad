import type { CloudUser } from './entities.ts';

export interface Asked {
  readonly method: string;
  /** Below the service: "/servers/detail". */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestId: string;
  /** Of the token; Keystone's login has none. */
  readonly user: CloudUser;
  readonly admin: boolean;
  /** [2, 47]; [2, 1] where none was asked for. */
  readonly microversion: readonly [number, number];
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that refuses, in the words and the shape of Nova. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, message: string, body?: unknown) {
    super(message);
    this.answer = { status, body: body ?? { [novaName(status)]: { code: status, message } } };
  }
}

const names: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
};
const novaName = (status: number): string => names[status] ?? 'computeFault';

export const forbidden = (policy: string): Refusal =>
  new Refusal(403, `Policy doesn't allow ${policy} to be performed.`);

/** What a part of the cloud answers; undefined where it knows no such path. */
export type Part = (asked: Asked) => Answer | undefined;

/** Whether at least that microversion was asked for. */
export const since = ({ microversion: [major, minor] }: Asked, least: number): boolean => major > 2 || minor >= least;
