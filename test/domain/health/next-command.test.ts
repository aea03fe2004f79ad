import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { HostTarget } from '../../../src/contracts/targets.ts';
import { onHost } from '../../../src/domain/health/next-command.ts';

const target = (over: Partial<HostTarget> = {}): HostTarget => ({
  ...{ name: 'ctl1', transport: 'ssh2' as const, address: '10.0.0.1', port: 22, user: 'heat-admin', sudo: true },
  ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand', ...over },
});

test('is typed as it stands, where the host is reached from', () => {
  expect(onHost(target(), ['podman', 'ps', '-a'])).toBe('ssh heat-admin@10.0.0.1 sudo podman ps -a');
  expect(onHost(target({ port: 2222, proxyJump: 'root@jump', sudo: false }), ['uptime'])).toBe(
    'ssh -J root@jump -p 2222 heat-admin@10.0.0.1 uptime',
  );
  expect(onHost(target({ transport: 'local' }), ['ls', '-la', '/var/log/a b'])).toBe("sudo ls -la '/var/log/a b'");
});

// Whoever can name a log must not have commands run by whoever pastes this.
test.each(['a b', "it's", '$(touch /tmp/no)', 'x; reboot', '`id`', 'two\nlines', '\\', '*'])(
  'keeps %j one word, through the shell here and the one over there',
  async (name) => {
    const line = onHost(target({ sudo: false }), ['printf', '%s', name]);
    // An ssh that does what sshd does: the words, with blanks between them, to a shell.
    const { stdout } = await execa('sh', ['-c', `ssh() { shift; sh -c "$*"; }; ${line}`], { stripFinalNewline: false });
    expect(stdout).toBe(name);
  },
);
