import type { LogCursor } from './health.ts';

/** Findings that differ only by times, ids, numbers and addresses. */
export interface LogGroup {
  /** Of the same fault in every scan and on every host. */
  readonly key: string;
  readonly level: 'CRITICAL' | 'ERROR' | 'TRACEBACK';
  readonly signature: string;
  /** The logs it was found in, the first fifty of them. */
  readonly paths: readonly string[];
  /** It was found in more logs than these. */
  readonly more: boolean;
  readonly count: number;
  /** Epoch milliseconds by the lines' own times, where they have one. */
  readonly first?: number;
  readonly last?: number;
  /** The first one's line; behind " | " the exception. */
  readonly sample: string;
}

export interface LogRemark {
  readonly path: string;
  /** The log, or the pattern, that it is of; empty for what stands for many. */
  readonly log: string;
  readonly why: string;
}

export interface LogScan {
  /** For the next scan, in place of the ones before. */
  readonly cursors: Readonly<Record<string, LogCursor>>;
  readonly groups: readonly LogGroup[];
  /** Findings that no group was left for. */
  readonly dropped: number;
  /** Could not be read, or nothing matches the glob. */
  readonly unread: readonly LogRemark[];
  /** Of these logs something may have been written that nobody can read any more. */
  readonly lost: readonly LogRemark[];
  readonly files: number;
  readonly bytes: number;
}
