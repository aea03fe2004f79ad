import { openHost } from '../../../src/systems/host/index.ts';
import { describeHost } from './conformance.ts';

describeHost('nothing: this machine', async () => ({
  open: async ({ path, sudo = false, ...options }) =>
    openHost(
      {
        name: 'here',
        transport: 'local',
        address: 'localhost',
        port: 22,
        user: 'me',
        sudo,
        runDirectory: '/run/stackhand',
        stateDirectory: '/var/lib/stackhand',
      },
      { ...options, env: { ...(options.env ?? process.env), PATH: path } },
    ),
  close: async () => {},
}));
