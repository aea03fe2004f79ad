import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { listContainers } from '../../../src/systems/containers/index.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

/** As docker inspects, of what is read: names begin with a slash, and one without a health check has none. */
const docker = {
  Id: 'd1',
  Name: '/nova_api',
  Image: 'sha256:0011',
  RestartCount: 2,
  Config: { Image: 'kolla/nova-api:2024.1' },
  State: {
    ...{ Status: 'exited', ExitCode: 137, OOMKilled: true },
    ...{ StartedAt: '2026-11-27T01:00:00.5Z', FinishedAt: '2026-11-27T02:00:00Z' },
  },
};

describe('containers of a host', () => {
  let bin = '';
  let podman: object = {};
  const host = (): Host => localHost({ PATH: `${bin}:/usr/bin:/bin` });
  /** What stands in PATH under that name: ids for `ps`, a text for `inspect`. */
  const runtime = async (name: string, ids: string, inspected: string, code = 0): Promise<void> => {
    const script = `#!/bin/sh\ncase $1 in ps) printf '%s' '${ids}' ;; inspect) cat '${bin}/${name}.json'; exit ${String(code)} ;; esac\n`;
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
    await writeFile(join(bin, `${name}.json`), inspected);
  };
  beforeAll(async () => {
    const captured = new URL('../../support/fixtures/podman-container.json', import.meta.url);
    podman = JSON.parse(await readFile(captured, 'utf8')) as object;
  });

  test('of podman, with its health', async () => {
    bin = await scratchDirectory('bin');
    await runtime('podman', 'one\\n', JSON.stringify([podman]));
    const { runtime: found, containers } = await listContainers(host());
    expect(found).toBe('podman');
    expect(containers).toEqual([
      expect.objectContaining({ name: 'neutron_dhcp', state: 'running', health: 'unhealthy', restarts: 0 }),
    ]);
  });

  test('of docker, where podman is not there; podman before version 4 has another name for the health', async () => {
    bin = await scratchDirectory('bin');
    const old = { ...docker, Id: 'd2', Name: 'b', State: { Status: 'running', Healthcheck: { Status: 'healthy' } } };
    await runtime('docker', 'd1\\nd2\\n', JSON.stringify([old, docker]));
    const { runtime: found, containers } = await listContainers(host());
    expect(found).toBe('docker');
    expect(containers).toMatchObject([
      { name: 'b', health: 'healthy' },
      {
        name: 'nova_api',
        image: 'kolla/nova-api:2024.1',
        state: 'exited',
        exitCode: 137,
        oomKilled: true,
        restarts: 2,
      },
    ]);
    expect(containers[1]).not.toHaveProperty('health');
  });

  test('none at all, no runtime, and an answer that is none', async () => {
    bin = await scratchDirectory('bin');
    await runtime('docker', '', '');
    expect((await listContainers(host())).containers).toEqual([]);
    await expect(listContainers(host(), 'podman')).rejects.toMatchObject({ type: 'ToolMissing' });
    await runtime('docker', 'x\\n', 'nonsense');
    await expect(listContainers(host())).rejects.toMatchObject({ type: 'CommandFailed', message: /can't be read/ });
    await runtime('docker', 'x\\n', '[]', 1);
    await expect(listContainers(host())).rejects.toMatchObject({ type: 'CommandFailed', message: /can't be listed/ });
  });
});
