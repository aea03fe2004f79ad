import { Failure, out } from '../stand-in.ts';
import type { Command } from './command.ts';

export function general(find: (name: string) => Command | undefined): Record<string, Command> {
  return {
    version: {
      shape: { flags: ['daemon'] },
      run() {
        out(
          'Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\n' +
            'Using API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.22\n',
        );
      },
    },
    uri: { shape: {}, run: () => out('qemu:///system\n') },
    // In a batch it marks where the output of the next command begins.
    echo: { shape: { data: ['string'] }, run: ({ args }) => out(args.need('string')) },
    help: {
      shape: { data: ['command'] },
      run({ args }) {
        const name = args.need('command');
        const command = find(name);
        if (command === undefined) throw new Failure(`command or command group '${name}' doesn't exist`);
        const { data = [], options = [], flags = [] } = command.shape;
        const words = [
          ...data.map((word) => (word.endsWith('?') ? `[<${word.slice(0, -1)}>]` : `<${word}>`)),
          ...options.map((word) => `[--${word} <string>]`),
          ...flags.map((word) => `[--${word}]`),
        ];
        out(`  NAME\n    ${name}\n\n  SYNOPSIS\n    ${[name, ...words].join(' ')}\n\n`);
      },
    },
  };
}
