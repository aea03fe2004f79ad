import type { HostRestore, PlanSource, ServerAction, ServerOperation, ServerSelection } from './server-operation.ts';

/** Each as a sentence begins. */
export const serverVerbs: Readonly<Record<ServerAction, string>> = {
  stop: 'Stop',
  start: 'Start',
  delete: 'Delete',
  migrate: 'Migrate',
};

/** "Stop the servers of host compute1 in lab": the headline, the Web UI's summary, the audit line. */
export function serverTitle(action: ServerAction, { cloud, source, planOnly }: ServerOperation): string {
  const verb = planOnly === true ? `Plan to ${action}` : serverVerbs[action];
  return `${verb} ${sourceText(source)}${cloud === undefined ? '' : ` in ${cloud}`}`;
}

export function drainTitle({ cloud, source, planOnly }: ServerOperation): string {
  const verb = planOnly === true ? 'Plan to drain' : 'Drain';
  return `${verb} ${sourceName(source)}${cloud === undefined ? '' : ` in ${cloud}`}`;
}

export const restoreTitle = ({ cloud, host }: HostRestore): string =>
  `Restore ${host}${cloud === undefined ? '' : ` in ${cloud}`}`;

function sourceText(source: PlanSource): string {
  if (source.from === 'selection') return selectionText(source.selection);
  const operation = source.operation.slice(0, 8);
  const texts = {
    plan: `the servers of plan ${operation}`,
    stopped: `what ${operation} stopped`,
    failed: `what ${operation} did not get done`,
    moved: `what ${operation} moved, back`,
  };
  return texts[source.from];
}

function selectionText(selection: ServerSelection): string {
  const { host, project, all, names, ids, status, tags, metadata } = selection;
  const parts = [
    host === undefined ? '' : `of host ${host}`,
    project === undefined ? '' : `of project ${project}`,
    names === undefined ? '' : `named ${names.join(', ')}`,
    ids === undefined ? '' : `of ${ids.length === 1 ? ids.join() : `${String(ids.length)} ids`}`,
    status === undefined ? '' : `in ${status.join(', ')}`,
    tags === undefined ? '' : `tagged ${tags.join(', ')}`,
    metadata === undefined
      ? ''
      : `with ${Object.entries(metadata)
          .map((pair) => pair.join('='))
          .join(', ')}`,
  ].filter((part) => part !== '');
  return `${all === true ? 'all servers' : 'the servers'} ${parts.join(' ')}`.trim();
}

/** What a workflow id says of it: the host, the project, or where the plan comes from. */
export function sourceName(source: PlanSource): string {
  if (source.from !== 'selection') return source.operation.slice(0, 8);
  const { host, project, names, all } = source.selection;
  return host ?? project ?? (all === true ? 'all' : (names?.[0] ?? 'selected'));
}

/** The workflow type that does it. */
export const serverOperationType = (action: ServerAction): string => `server${serverVerbs[action]}`;
