import type { PlannedServer, ServerPlan, ServerPlanView } from '../../contracts/server-operation.ts';
import { counted, formatAge } from '../../domain/format.ts';
import { serversOfHosts } from '../../domain/plan-in-words.ts';
import type { Colours } from '../output.ts';
import { columns, oneLine } from './text.ts';

/** Lines shown where a person decides; --out and --json have all. */
const shown = 40;

/** A plan for a person: what is done to whom, and who is left alone and why. */
export function planLines({ plan, servers, leftAlone }: ServerPlanView, colour: Colours, most = shown): string[] {
  return [
    ...(servers.length === 0
      ? []
      : columns(
          header(plan),
          servers.slice(0, most).map((server) => row(plan, server)),
        )),
    ...more(servers.length - most),
    ...(leftAlone.length === 0 ? [] : ['', colour.bold('left alone:')]),
    ...columns(
      ['NAME', 'STATUS', 'HOST', 'WHY'],
      leftAlone.slice(0, most).map(({ name, status, host, why }) => [oneLine(name), status, host, oneLine(why)]),
    ).slice(leftAlone.length === 0 ? 1 : 0),
    ...more(leftAlone.length - most),
    '',
    colour.bold(planSummary(plan)),
    ...consequences(plan).map((line) => colour.yellow(line)),
    ...plan.unusedExcludes.map((glob) => colour.yellow(`--exclude ${glob} excludes nothing`)),
    colour.dim(
      `plan ${plan.operation}, hash ${plan.hash.slice(0, 12)}, made ${formatAge(new Date(plan.createdAt).toISOString(), new Date())}`,
    ),
  ];
}

const more = (count: number): string[] =>
  count > 0 ? [`  and ${String(count)} more: --plan-only --out FILE has all`] : [];

/** "stop 12 servers of 3 hosts in lab; 4 left alone". */
export function planSummary(plan: ServerPlan): string {
  const left = plan.leftAlone === 0 ? '' : `; ${String(plan.leftAlone)} left alone`;
  return `${plan.action} ${serversOfHosts(plan)} in ${oneLine(plan.cloud)}${left}`;
}

const header = ({ action }: ServerPlan): string[] => [
  'ACTION',
  'NAME',
  'STATUS',
  'HOST',
  'PROJECT',
  ...(action === 'delete' ? ['WITH IT', 'LEFT'] : []),
  'ID',
];

const row = (plan: ServerPlan, server: PlannedServer): string[] => [
  actionOf(plan, server),
  oneLine(server.name),
  server.status,
  server.host,
  oneLine(server.project),
  ...(plan.action === 'delete' ? [gone(server), left(server)] : []),
  server.id,
];

export function actionOf({ action, how }: ServerPlan, { cold }: PlannedServer): string {
  if (action !== 'migrate') return action;
  return `${cold === true ? 'migrate cold' : 'migrate live'}${how.to === undefined ? '' : ` to ${how.to}`}`;
}

const gone = ({ volumesDeleted = [] }: PlannedServer): string =>
  volumesDeleted.length === 0 ? '' : `${counted(volumesDeleted.length, 'volume')}`;

const left = ({ volumesKept = [], floatingIps = [], ports = [] }: PlannedServer): string =>
  [
    volumesKept.length === 0 ? '' : counted(volumesKept.length, 'volume'),
    ...floatingIps.map(({ address }) => address),
    ports.length === 0 ? '' : counted(ports.length, 'port'),
  ]
    .filter((part) => part !== '')
    .join(', ');

function consequences({ consequences: found }: ServerPlan): string[] {
  if (found === undefined) return [];
  const { volumesDeleted, volumesKept, floatingIps, ports } = found;
  return [
    ...(volumesDeleted === 0 ? [] : [`${counted(volumesDeleted, 'volume')} will be deleted with them`]),
    ...(volumesKept + floatingIps + ports === 0
      ? []
      : [
          `left behind: ${counted(volumesKept, 'volume')}, ${counted(floatingIps, 'floating IP')}, ${counted(ports, 'port')}`,
        ]),
  ];
}
