import type { Server } from '../../contracts/server.ts';
import { formatDuration } from '../../domain/format.ts';
import { deleteServer, startServer, stopServer } from '../../systems/openstack/index.ts';
import type { Asked } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import type { Driver, Settled, Work } from './server-work.ts';

/** Looks in a row that show nothing in flight, before what Nova took counts as failed. */
const strikesOut = 3;

interface PowerChange {
  readonly verb: 'stop' | 'start';
  readonly to: 'SHUTOFF' | 'ACTIVE';
  readonly ask: (cloud: Cloud, id: string, checkTurn: () => void) => Promise<Asked>;
}

const powerDriver = ({ verb, to, ask }: PowerChange): Driver => ({
  verb,
  timeout: 600,
  ask: (cloud, { planned }, _how, checkTurn) => ask(cloud, planned.id, checkTurn),
  reached: (_work, seen) => seen?.status === to && seen.taskState === null,
  settle: (_cloud, work, seen) => {
    if (seen === undefined) return { outcome: 'failed', why: 'it is gone: somebody deleted it meanwhile' };
    if (seen.taskState !== null) {
      work.strikes = 0;
      return undefined;
    }
    if (seen.status === to) return { outcome: 'done' };
    if (seen.status === 'ERROR')
      return { outcome: 'failed', why: `it is in ERROR: ${seen.fault ?? 'Nova says no more'}` };
    // The task is set before Nova answers, so nothing in flight and nothing changed means that it was given up.
    work.strikes += 1;
    return work.strikes < strikesOut
      ? undefined
      : {
          outcome: 'failed',
          gaveUp: true,
          why: `Nova took the ${verb} and gave it up: it is ${seen.status}, with nothing in flight`,
        };
  },
  overdue: (_cloud, work, seen) => stuck(verb, work, seen),
});

export const stopDriver = powerDriver({
  verb: 'stop',
  to: 'SHUTOFF',
  ask: ({ session }, id, beforeSending) => stopServer(session, id, { beforeSending }),
});
export const startDriver = powerDriver({
  verb: 'start',
  to: 'ACTIVE',
  ask: ({ session }, id, beforeSending) => startServer(session, id, { beforeSending }),
});

export const deleteDriver: Driver = {
  verb: 'delete',
  timeout: 600,
  ask: ({ session }, { planned }, _how, beforeSending) => deleteServer(session, planned.id, { beforeSending }),
  reached: (_work, seen) => seen === undefined || seen.status === 'SOFT_DELETED' || seen.status === 'DELETED',
  settle: (_cloud, work, seen) => {
    if (seen === undefined) return { outcome: 'done' };
    // Nova writes this state first and takes the row away after. Until then others still see the server.
    if (seen.status === 'DELETED') return undefined;
    if (seen.status === 'SOFT_DELETED')
      return {
        outcome: 'done',
        why: "recoverable (openstack server restore) until the cloud's reclaim_instance_interval has passed",
      };
    if (seen.taskState !== null) {
      work.strikes = 0;
      return undefined;
    }
    work.strikes += 1;
    if (work.strikes < strikesOut) return undefined;
    return {
      outcome: 'failed',
      gaveUp: true,
      why: `Nova took the delete and gave it up: it is ${seen.status}${seen.fault === undefined ? '' : `: ${seen.fault}`}`,
    };
  },
  overdue: (_cloud, work, seen) => stuck('delete', work, seen),
};

function stuck(verb: string, work: Work, seen: Server | undefined): Settled {
  const after = formatDuration(Date.now() - work.since);
  const host = seen?.hostStatus === undefined || seen.hostStatus === 'UP' ? '' : `, and its host is ${seen.hostStatus}`;
  return {
    outcome: 'failed',
    why: `stuck: ${after} after the ${verb} it is still ${seen?.taskState ?? seen?.status ?? 'there'}${host}; Nova may still do it`,
  };
}
