import { openHost } from '../../../src/systems/host/index.ts';
import { Sshd } from '../../support/sshd.ts';
import { describeHost } from './conformance.ts';
import { describeSsh } from './ssh-conformance.ts';

describeHost('ssh2', async () => {
  const servers: Sshd[] = [];
  return {
    open: async ({ path, sudo = false, ...options }) => {
      const sshd = await Sshd.start({ path });
      servers.push(sshd);
      return openHost(sshd.target('ssh2', { sudo }), options);
    },
    close: async () => {
      for (const sshd of servers) await sshd.stop();
    },
  };
});

describeSsh('ssh2');
