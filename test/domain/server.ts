import type { Server } from '../../src/contracts/server.ts';

/** A server that nothing speaks against. */
export const server = (given: Partial<Server> = {}): Server => ({
  id: '3aba3d94-785d-4499-bc86-cb82915f1437',
  name: 'web-01',
  projectId: 'p1',
  host: 'compute1',
  status: 'ACTIVE',
  taskState: null,
  hostStatus: 'UP',
  locked: false,
  tags: [],
  metadata: {},
  flavor: { name: 'm1.small', vcpus: 1, ram: 2048, disk: 20, ephemeral: 0, extraSpecs: {} },
  hasImage: true,
  volumes: [],
  addresses: ['10.0.0.5'],
  created: '2026-11-01T00:00:00Z',
  updated: '2026-11-01T00:00:00Z',
  ...given,
});
