import { describe, expect, test } from '@jest/globals';
import type { Container } from '../../../src/contracts/container.ts';
import type { ContainerStart } from '../../../src/contracts/health.ts';
import type { PlannedHost } from '../../../src/contracts/health-plan.ts';
import { containerProblems } from '../../../src/domain/health/container-problems.ts';
import type { ContainerLook } from '../../../src/domain/health/container-problems.ts';

const planned: PlannedHost = {
  target: {
    ...{ name: 'ctl1', transport: 'ssh2' as const, address: 'ctl1', port: 22, user: 'root', sudo: false },
    ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand' },
  },
  ...{ role: 'controllers', ignore: [], oneShots: [], logs: [], logsByPreset: true, mounts: [] },
};
const running = (name: string): Container => ({
  ...{ id: name, name, image: 'i', imageId: 'i', state: 'running', exitCode: 0, restarts: 0, oomKilled: false },
});
const look = (units: ContainerLook['units'], ...containers: Container[]) =>
  containerProblems(planned, { runtime: 'podman', containers, units, restartsBefore: {} }, undefined);
const failed = (...names: string[]) => ({
  systemdHangs: false,
  failedUnits: names.map((name) => ({ name: `tripleo_${name}_healthcheck.service`, description: '' })),
});

test('on TripleO 16 the health of a container is that of its unit', () => {
  expect(look(failed('nova_api'), running('nova_api')).problems.map(({ what }) => what)).toEqual([
    'nova_api is unhealthy',
  ]);
});

test('a health unit that has failed is told, also where no container is called so', () => {
  expect(look(failed('nova_api')).problems).toEqual([
    expect.objectContaining({
      what: 'the unit tripleo_nova_api_healthcheck.service has failed, and no container is called nova_api',
    }),
  ]);
});

test('while systemd says nothing, none that was unhealthy counts as well', () => {
  const mute = look('it took too long', running('nova_api'));
  expect(mute.problems.map(({ verdict, what }) => `${verdict}: ${what}`)).toEqual([
    'unknown: the health units of its containers could not be looked at: it took too long',
  ]);
  expect(mute.result.unseen).toEqual(['unhealthy/']);
  const hangs = look({ systemdHangs: true, failedUnits: [] }, running('nova_api'));
  expect([hangs.result.verdict, hangs.result.unseen]).toEqual(['unknown', ['unhealthy/']]);
  expect(look(failed(), running('nova_api')).result.unseen).toBeUndefined();
});

describe('restarts since the last check', () => {
  const again = (before: Partial<ContainerStart>, now: Partial<Container>): string[] => {
    const restartsBefore = { nova_api: { id: 'nova_api', count: 0, startedAt: 1000, ...before } };
    const containers = [{ ...running('nova_api'), startedAt: 1000, ...now }];
    const seen = { runtime: 'podman' as const, containers, units: failed(), restartsBefore };
    return containerProblems(planned, seen, undefined).problems.map(({ what }) => what);
  };

  test('are those that the runtime counted, and one where systemd started it again', () => {
    expect(again({}, {})).toEqual([]);
    expect(again({}, { restarts: 3 })).toEqual(['nova_api was restarted 3 times since the last check']);
    expect(again({}, { startedAt: 2000 })).toEqual(['nova_api was restarted once since the last check']);
    expect(again({ id: 'another' }, { startedAt: 2000, restarts: 3 })).toEqual([]);
  });

  test('of many at once, as after a reboot, are one finding', () => {
    const names = Array.from({ length: 40 }, (_, at) => `c${String(at)}`);
    const restartsBefore = Object.fromEntries(names.map((name) => [name, { id: name, count: 0, startedAt: 1 }]));
    const containers = names.map((name) => ({ ...running(name), startedAt: 2 }));
    const seen = { runtime: 'podman' as const, containers, units: failed(), restartsBefore };
    expect(containerProblems(planned, seen, undefined).problems.map(({ what }) => what)).toEqual([
      '40 of its containers were restarted since the last check',
    ]);
  });
});
