import type { Item, State } from '../../contracts/operation.ts';
import { formatDuration } from '../../domain/format.ts';
import type { Pending } from '../pending.ts';
import type { Sight } from '../watch.ts';
import { amountOf } from './measure.ts';
import type { Rates } from './measure.ts';
import { oneLine } from './text.ts';

/** A line of the table: an item of the ledger, with what its pending activity says merged into it. */
export interface Row {
  readonly key: string;
  readonly depth: number;
  /** The item of the operation above that it belongs to: a VM of several. */
  readonly under?: string;
  /** Empty where the action names it. */
  readonly name: string;
  readonly action: string;
  readonly state: State;
  /** How far it is; absent where it has no measure. */
  readonly progress?: { readonly done: number; readonly total: number; readonly rate?: number };
  /** How long it took, why it is in this state, what is waited for. */
  readonly detail: string;
  /** Why its last attempt failed, where it is tried again. */
  readonly failing?: string;
}

export function rowsOf(sight: Sight, rates: Rates, now: number, depth = 0, under?: string): Row[] {
  const children = [...sight.children];
  const rows = (sight.ledger?.items ?? []).flatMap((item) => {
    const at = children.findIndex((child) => item.state === 'running' && isAbout(child, item));
    const [child] = at === -1 ? [] : children.splice(at, 1);
    return [
      { ...rowOf(item, sight, rates, now, depth), ...(under === undefined ? {} : { under }) },
      ...(child === undefined ? [] : rowsOf(child, rates, now, depth + 1, item.name)),
    ];
  });
  return [...rows, ...children.flatMap((child) => childRows(child, rates, now, depth))];
}

/** An item that is an operation of its own, "Back up web01", is titled by it: "Back up web01 on kvm1". */
const isAbout = (child: Sight, item: Item): boolean => child.ledger?.title.startsWith(`${item.action} `) === true;

/** The steps of an operation that this one runs and has no item for, under its title. */
function childRows(child: Sight, rates: Rates, now: number, depth: number): Row[] {
  const ledger = child.ledger;
  if (ledger === undefined) return [];
  const heading: Row = {
    key: child.workflowId,
    depth,
    name: '',
    action: oneLine(ledger.title),
    state: 'running',
    detail: oneLine(child.trouble ?? ledger.note ?? ledger.phase),
  };
  return [heading, ...rowsOf(child, rates, now, depth + 1)];
}

function rowOf(item: Item, sight: Sight, rates: Rates, now: number, depth: number): Row {
  const pending = sight.pending.find((activity) => activity.activityId === item.activityId);
  const counted = item.done === undefined ? item : { ...item, done: item.done + inBatches(sight) };
  const progress =
    item.state === 'running' ? progressOf(counted, pending, `${sight.workflowId} ${item.id}`, rates, now) : undefined;
  return {
    key: `${sight.workflowId} ${item.id}`,
    depth,
    name: item.action.includes(item.name) ? '' : oneLine(item.name),
    action: oneLine(item.action),
    state: item.state,
    ...(progress === undefined ? {} : { progress }),
    detail: oneLine(detailOf(item, pending, now)),
    ...(item.state === 'running' && isTriedAgain(pending) ? { failing: pending.failure } : {}),
  };
}

/** What batches that are still in work have done already: only their heartbeats know. */
const inBatches = ({ pending }: Sight): number =>
  pending
    .filter(({ activityId }) => activityId.startsWith('batch-'))
    .reduce((sum, { progress }) => sum + (progress?.done ?? 0), 0);

function progressOf(item: Item, pending: Pending | undefined, key: string, rates: Rates, now: number): Row['progress'] {
  const { done, total, rate } = { done: item.done, total: item.total, ...pending?.progress } as Partial<
    NonNullable<Row['progress']>
  >;
  if (done === undefined || total === undefined || total <= 0) return undefined;
  const seen = rates.rate(key, done, now);
  const pace = rate ?? seen;
  return { done, total, ...(pace === undefined ? {} : { rate: pace }) };
}

function detailOf(item: Item, pending: Pending | undefined, now: number): string {
  const parts = [];
  if (item.state === 'done' && item.total !== undefined && item.total > 0) parts.push(amountOf(item.total));
  if (item.startedAt !== undefined) {
    const took = (item.endedAt ?? (item.state === 'running' ? now : item.startedAt)) - item.startedAt;
    if (took >= 1000) parts.push(formatDuration(took));
  }
  if (item.state === 'running' && pending?.note !== undefined) parts.push(pending.note);
  if (item.state === 'running' && pending !== undefined) parts.push(retryOf(pending, now));
  if (item.why !== undefined) parts.push(item.why);
  return parts.filter((part) => part !== '').join('  ');
}

const isTriedAgain = (pending: Pending | undefined): pending is Pending & { readonly failure: string } =>
  pending !== undefined && pending.attempt > 1 && pending.failure !== undefined && pending.progress === undefined;

/** Why a step takes long: its last attempt failed. Empty on a first attempt. */
function retryOf(pending: Pending, now: number): string {
  if (!isTriedAgain(pending)) return '';
  const wait = pending.nextAttemptAt === undefined ? 0 : pending.nextAttemptAt - now;
  const when = pending.started || wait < 1000 ? 'running' : `in ${formatDuration(wait)}`;
  return `attempt ${String(pending.attempt)} ${when}: ${pending.failure}`;
}
