import { Refusal } from './answer.ts';
import type { CloudServer } from './entities.ts';

/** Throws 409 in Nova's words where that state or a task under way forbids what is asked. */
export function checkState(server: CloudServer, verb: string, from: readonly string[]): void {
  if (server.taskState !== null)
    throw new Refusal(409, `Cannot '${verb}' instance ${server.id} while it is in task_state ${server.taskState}`);
  if (from.includes(server.status)) return;
  const vmState = server.status === 'SHUTOFF' ? 'stopped' : server.status.toLowerCase();
  throw new Refusal(409, `Cannot '${verb}' instance ${server.id} while it is in vm_state ${vmState}`);
}
