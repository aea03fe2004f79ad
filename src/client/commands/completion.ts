import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { localEndings } from '../exit-codes.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export function completion(parent: Command, cli: Cli): void {
  define(
    parent,
    'completion',
    'Print what makes a shell complete the words of this program: commands, options, their choices, files, and the hosts, repositories and clouds of the config. A TAB does not start this program, so print it again after an update. bash wants its package bash-completion for the first example; zsh the directory in its fpath before compinit.',
    {
      endings: localEndings,
      examples: [
        ['bash, for this user', 'stackhand completion bash > ~/.local/share/bash-completion/completions/stackhand'],
        ['bash, without the package: a line of ~/.bashrc', 'source <(stackhand completion bash)'],
        ['zsh', 'stackhand completion zsh > ~/.zfunc/_stackhand'],
        ['fish', 'stackhand completion fish > ~/.config/fish/completions/stackhand.fish'],
      ],
    },
  )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const { completionScript } = await import('../completion/script.ts');
      const script = completionScript(shell, parent);
      cli.out.answer({ shell, script }, () => [script.trimEnd()]);
    });
}
