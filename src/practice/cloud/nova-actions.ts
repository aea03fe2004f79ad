import type { Answer, Asked } from './answer.ts';
import { Refusal, forbidden, since } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { now } from './cloud.ts';
import type { CloudAction, CloudServer } from './entities.ts';
import { confirmMigration, migrate } from './nova-migrations.ts';
import { serverOf } from './nova-servers.ts';
import { checkState } from './nova-state.ts';

/** POST /servers/{id}/action, DELETE /servers/{id}, GET /servers/{id}/os-instance-actions. */
export function actOnServers(cloud: Cloud, asked: Asked): Answer | undefined {
  const match = /^\/servers\/([^/]+)(\/action|\/os-instance-actions(?:\/[^/]+)?)?$/.exec(asked.path);
  if (match === null) return undefined;
  const [, id = '', rest = ''] = match;
  if (asked.method === 'GET' && rest === '/os-instance-actions') return instanceActions(cloud, asked, id);
  if (asked.method === 'GET' && rest.startsWith('/os-instance-actions/'))
    return instanceAction(cloud, asked, id, rest.slice('/os-instance-actions/'.length));
  if (asked.method === 'DELETE' && rest === '') return remove(cloud, asked, serverOf(cloud, asked, id));
  if (asked.method !== 'POST' || rest !== '/action') return undefined;
  const server = serverOf(cloud, asked, id);
  const [action = ''] = Object.keys(asked.body);
  // Nova lets administrators pass a lock.
  if (server.locked && !asked.admin) throw new Refusal(409, `Instance ${id} is locked`);
  switch (action) {
    case 'os-stop':
      return power(cloud, asked, server, {
        verb: 'stop',
        from: ['ACTIVE', 'ERROR'],
        task: 'powering-off',
        to: 'SHUTOFF',
      });
    case 'os-start':
      return power(cloud, asked, server, { verb: 'start', from: ['SHUTOFF'], task: 'powering-on', to: 'ACTIVE' });
    case 'os-migrateLive':
    case 'migrate':
      if (!asked.admin) throw forbidden(`os_compute_api:os-migrate-server:${action}`);
      return migrate(cloud, asked, server, action);
    case 'confirmResize':
      return confirmMigration(cloud, asked, server);
    case 'lock':
    case 'unlock':
      server.locked = action === 'lock';
      return { status: 202 };
    default:
      throw new Refusal(400, `There is no such action: ${action}`);
  }
}

interface PowerChange {
  readonly verb: 'stop' | 'start';
  readonly from: readonly string[];
  readonly task: string;
  readonly to: string;
}

function power(cloud: Cloud, asked: Asked, server: CloudServer, { verb, from, task, to }: PowerChange): Answer {
  checkState(server, verb, from);
  cloud.record(server, verb, asked.user, asked.requestId);
  take(cloud, server, verb, task, () => {
    server.status = to;
    server.taskState = null;
  });
  return { status: 202 };
}

/** Into the task, and out of it as the server and its host behave. */
function take(cloud: Cloud, server: CloudServer, verb: string, task: string, change: () => void): void {
  server.taskState = task;
  server.updated = now();
  const { stuck, error, gaveUp, transition } = server.behaviour;
  if (stuck === verb) return;
  const run = (): void => {
    const host = cloud.host(server.host);
    // What a dead host was asked waits for it.
    if (host !== undefined && (!host.up || host.crashed === true)) {
      cloud.later(server, run, 100);
      return;
    }
    if (gaveUp === verb) {
      const last = server.actions[0];
      if (last !== undefined) {
        last.message = 'Error';
        last.failure = `the practice cloud was told to give up this ${verb}`;
      }
      server.taskState = null;
    } else if (error === verb) {
      server.status = 'ERROR';
      server.taskState = null;
      server.fault = `the practice cloud was told to fail this ${verb}`;
    } else change();
  };
  cloud.later(server, run, transition ?? undefined);
}

function remove(cloud: Cloud, asked: Asked, server: CloudServer): Answer {
  if (server.locked && !asked.admin) throw new Refusal(409, `Instance ${server.id} is locked`);
  if (server.taskState === 'deleting' || server.status === 'SOFT_DELETED')
    throw new Refusal(409, `Cannot 'delete' instance ${server.id} while it is in task_state deleting`);
  cloud.record(server, 'delete', asked.user, asked.requestId);
  take(cloud, server, 'delete', 'deleting', () => {
    server.taskState = null;
    if (server.behaviour.softDelete === true) {
      server.status = 'SOFT_DELETED';
      return;
    }
    // Nova writes the state first and takes the row away after: until then every list shows it.
    server.status = 'DELETED';
    if (server.behaviour.stuck === 'destroy') return;
    cloud.later(
      server,
      () => {
        cloud.remove(server);
        for (const port of cloud.ports.filter(({ serverId, own }) => serverId === server.id && !own))
          cloud.ports.splice(cloud.ports.indexOf(port), 1);
      },
      server.behaviour.transition ?? undefined,
    );
  });
  return { status: 204 };
}

function instanceAction(cloud: Cloud, asked: Asked, id: string, requestId: string): Answer {
  const server = cloud.deleted.get(id) ?? serverOf(cloud, asked, id);
  const action = server.actions.find((each) => each.requestId === requestId);
  if (action === undefined)
    throw new Refusal(404, `Action for request_id ${requestId} on instance ${id} could not be found`);
  // As Nova keeps it: the frames, and not what was raised.
  const traceback =
    action.failure === undefined
      ? null
      : '  File "/usr/lib/python3/dist-packages/nova/conductor/manager.py", line 51, in decorated_function\n    raise result\n';
  const event = {
    event: `compute_${action.action}_instance`,
    start_time: action.start.replace('Z', '.000000'),
    finish_time: action.start.replace('Z', '.000000'),
    result: action.failure === undefined ? 'Success' : 'Error',
    ...(asked.admin ? { traceback } : {}),
    ...(since(asked, 84) ? { details: action.failure ?? null } : {}),
  };
  return { status: 200, body: { instanceAction: { ...rendered(action, id), events: [event] } } };
}

const rendered = (action: CloudAction, id: string): Record<string, unknown> => ({
  action: action.action,
  instance_uuid: id,
  request_id: action.requestId,
  user_id: action.userId,
  project_id: action.projectId,
  start_time: action.start.replace('Z', '.000000'),
  message: action.message,
  updated_at: action.start.replace('Z', '.000000'),
});

function instanceActions(cloud: Cloud, asked: Asked, id: string): Answer {
  const server = cloud.deleted.get(id) ?? serverOf(cloud, asked, id);
  return {
    status: 200,
    body: {
      instanceActions: server.actions.map((action) => rendered(action, id)),
    },
  };
}
