import { formatAge, formatDuration } from '../../domain/format.ts';
import { problemLines } from '../errors.ts';
import type { Facts } from '../look.ts';
import { Rates } from './measure.ts';
import { resultLines } from './results.ts';
import { rowsOf } from './rows.ts';
import { table } from './table.ts';
import type { Canvas } from './table.ts';
import { oneLine } from './text.ts';

/** `operation show`: who, when, where; the steps; how it ended and what to do. */
export function factLines(facts: Facts, webUi: string | undefined, canvas: Canvas): string[] {
  const { colour } = canvas;
  const { sight, ended } = facts;
  const now = Date.now();
  const fact = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`${colour.dim(name.padEnd(12))}${oneLine(value)}`];
  const took = formatDuration((sight.closedAt ?? now) - sight.startedAt);
  return [
    ...fact('state', facts.state),
    ...fact('workflow', facts.workflowId),
    ...fact('operation', facts.operation),
    ...fact(
      'started',
      `${facts.startedAt} (${formatAge(facts.startedAt, new Date(now))}) by ${facts.startedBy ?? 'somebody'}`,
    ),
    ...fact('reason', facts.sight.ledger?.reason),
    ...fact('ended', facts.endedAt === undefined ? undefined : `${facts.endedAt} after ${took}`),
    ...fact('Web UI', webUi),
    '',
    ...table(sight, rowsOf(sight, new Rates(), now), now, canvas),
    ...(ended === undefined ? [] : ['', oneLine(ended.summary)]),
    ...(ended?.report === undefined ? [] : resultLines(ended.report, colour)),
    ...(ended?.failure === undefined ? [] : problemLines(ended.failure, colour)),
  ];
}
