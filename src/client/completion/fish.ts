import { quote } from '../../domain/quote.ts';
import { namesScript } from './names.ts';
import { flat } from './tree.ts';
import type { Completed, CompletedOption } from './tree.ts';
import type { Value } from './values.ts';

/** One \`complete\` for each word that may stand somewhere, with the place as its condition. */
export function fishScript(tree: Completed): string {
  const commands = flat(tree);
  const valued = tree.options.flatMap(({ names, value }) => (value === undefined ? [] : names));
  const groups = commands.filter((command) => command.commands.length > 0);
  const nesting = commands.filter(({ nests }) => nests).map(({ path }) => quote(path));
  return `# fish completion for stackhand, made by: stackhand completion fish

# The command that is typed, such as "vm backup": words that are neither options nor values of them, as far as they are
# commands.
function __stackhand_at
    set -l here
    set -l skip no
    for word in (commandline -opc)[2..]
        if test $skip = yes
            set skip no
        else if contains -- "$word" ${valued.join(' ')}
            set skip yes
        else if test "$word" = --
            # A schedule has a command line of its own, which begins again at the top.
            contains -- "$here" ${nesting.join(' ')}; and set here
        else if not string match -q -- '-*' "$word"
            set -l further (string trim -- "$here $word")
            contains -- "$here" ${groups.map(({ path }) => quote(path)).join(' ')}; and set here $further
        end
    end
    test "$here" = "$argv[1]"
end

function __stackhand_names
    set -l config
    set -l words (commandline -opc)
    for at in (seq (count $words))
        switch "$words[$at]"
            case --config
                set config $words[(math $at + 1)]
            case '--config=*'
                set config (string replace -- --config= '' $words[$at])
        end
    end
    sh -c ${namesScript} sh $argv[1] "$config" 2>/dev/null
end

complete -c stackhand -f
${commands.flatMap(lines).join('\n')}
`;
}

function lines({ path, commands, options, argument }: Completed): string[] {
  const here = `complete -c stackhand -n ${quote(`__stackhand_at ${quote(path)}`)}`;
  return [
    ...commands.map((child) => `${here} -a ${quote(child.path.split(' ').at(-1) ?? '')} -d ${quote(child.summary)}`),
    ...options.map((option) => `${here} ${flags(option)} -d ${quote(option.description)}`),
    ...(argument === undefined ? [] : value(argument).map((words) => `${here} ${words}`)),
  ];
}

const flags = ({ names, value: taken }: CompletedOption): string =>
  [
    ...names.map((name) => (name.startsWith('--') ? `-l ${quote(name.slice(2))}` : `-s ${quote(name.slice(1))}`)),
    ...(taken === undefined ? [] : ['-r', ...value(taken)]),
  ].join(' ');

/** How it is offered; nothing for a value that nobody can know. */
function value(taken: Value): string[] {
  switch (taken.kind) {
    case 'choices':
      return [`-f -a ${quote(taken.choices.join(' '))}`];
    case 'names':
      return [`-f -a ${quote(`(__stackhand_names ${taken.section})`)}`];
    case 'files':
      return ['-F'];
    case 'anything':
      return ['-f'];
  }
}
