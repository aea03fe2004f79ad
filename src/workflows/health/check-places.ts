import { isCancellation } from '@temporalio/workflow';
import type { HealthOutline, PlaceSeen } from '../../activities/health.ts';
import type { NotChecked } from '../../activities/health/make-report.ts';
import type { HealthCheckKind } from '../../contracts/health.ts';
import { cloudPlace } from '../../domain/health/places.ts';
import type { Calls } from '../shared/calls.ts';
import { each } from '../shared/each.ts';
import { failureText } from '../shared/failure.ts';
import type { Op } from '../shared/op.ts';

interface Place {
  readonly id: string;
  readonly name: string;
  readonly action: string;
  readonly site: string | undefined;
  /** What is not known of it should its check fail. */
  readonly lost: Omit<NotChecked, 'why'>;
  readonly look: (at: Calls) => Promise<PlaceSeen>;
}

const ofHosts: readonly HealthCheckKind[] = ['hosts', 'containers', 'logs'];

/** All places at once, as many as the config allows: one that is slow or dead delays nobody, and is a finding. */
export async function checkPlaces(
  { hosts, cloud, backups, parallel }: HealthOutline,
  only: readonly HealthCheckKind[] | undefined,
  op: Op,
): Promise<{ readonly notChecked: readonly NotChecked[]; readonly places: number }> {
  const places: Place[] = [
    ...(cloud === undefined
      ? []
      : [
          {
            ...named(`Check cloud ${cloud}`),
            site: undefined,
            lost: { where: cloudPlace(cloud), checks: ['services'] as const },
            look: (at: Calls) => at.checkHealthOfCloud(op.id),
          },
        ]),
    ...hosts.map(({ target, role }) => ({
      ...named(`Check ${target.name}`),
      site: target.site,
      lost: { where: target.name, role, checks: ofHosts.filter((kind) => only?.includes(kind) !== false) },
      look: (at: Calls) => at.checkHealthOfHost(op.id, target.name),
    })),
    ...backups.map((target) => ({
      ...named(`Check the backups of ${target.name}`),
      site: target.site,
      lost: { where: target.name, checks: ['backups'] as const },
      look: (at: Calls) => at.checkBackupAges(op.id, target),
    })),
  ];
  const notChecked: NotChecked[] = [];
  await each(op, places, parallel, async ({ id, action, site, lost, look }, item) => {
    try {
      const { verdict, seen } = await look(op.elsewhere(site, action, id));
      item.why = `${verdict}: ${seen}`;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { type, message, remedy } = failureText(error);
      const nobody = `no worker serves ${site === undefined ? 'it' : `site ${site}`}`;
      const why = type === 'NoWorker' ? nobody : `${message}${remedy === undefined ? '' : ` → ${remedy}`}`;
      notChecked.push({ ...lost, why });
      throw error;
    }
  });
  return { notChecked, places: places.length };
}

const named = (action: string) => ({ id: action, name: action, action });
