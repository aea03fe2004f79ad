import { Argument } from 'commander';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { namesOf } from '../completion/values.ts';
import { define } from '../define.ts';
import { Declined } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { oneLine } from '../render/text.ts';

interface Options {
  readonly fingerprint?: string;
}

export function hostTrust(parent: Command, cli: Cli): void {
  define(
    parent,
    'trust',
    "Show the fingerprint of a host's SSH key, and store the key in the worker's known_hosts after a yes. Compare it with what the host itself says (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on its console).",
    {
      endings: readEndings,
      examples: [
        ['look, and say yes', 'stackhand host trust kvm1'],
        [
          'in a script that knows the fingerprint',
          'stackhand host trust root@kvm1 --fingerprint SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDsWsqKWECR4sbAiFk',
        ],
      ],
    },
  )
    .addArgument(namesOf('hosts', new Argument('<host>')))
    .option('--fingerprint <SHA256:…>', 'store it without a question if it is this one')
    .action(async (host: string, { fingerprint }: Options) => {
      const key = await cli.inspect<'host key'>({ what: 'host key', host });
      const shown = `${oneLine(host)} has the ${key.type} key ${key.fingerprint}`;
      if (key.known === 'same') {
        cli.out.answer({ host, ...key, stored: false }, () => [`${shown}, which is known already`]);
        return;
      }
      if (key.known === 'changed')
        throw new Fault('HostKeyChanged', `${shown}, and another one is stored for it`, { where: host });
      if (fingerprint !== undefined && fingerprint !== key.fingerprint)
        throw new Fault('HostKeyUnknown', `${shown}, not ${fingerprint}: nothing was stored`, {
          where: host,
          remedy: 'find out which is right; somebody may sit between the worker and the host',
        });
      if (fingerprint === undefined) {
        if (!cli.out.settings.interactive)
          throw new Fault('InvalidInput', `${shown}: nobody can be asked here whether that is right`, {
            where: host,
            remedy: 'compare it, then say --fingerprint with it',
          });
        if (!(await cli.ask.confirm(`${shown}. Is that right, and shall it be trusted?`, false))) throw new Declined();
      }
      const { knownHosts } = await cli.inspect<'trust'>({ what: 'trust', host, line: key.line });
      cli.out.answer({ host, ...key, stored: true, knownHosts }, () => [`stored in ${knownHosts} of the worker`]);
    });
}
