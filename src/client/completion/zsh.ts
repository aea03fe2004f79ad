import { quote } from '../../domain/quote.ts';
import { namesScript } from './names.ts';
import { flat } from './tree.ts';
import type { Completed, CompletedOption } from './tree.ts';
import type { Value } from './values.ts';

/** A function for each command, made of zsh's own _arguments. */
export function zshScript(tree: Completed): string {
  return `#compdef stackhand
# zsh completion for stackhand, made by: stackhand completion zsh

# Called by _arguments with what it wants compadd told; the section is the last.
_stackhand_names() {
  local -a line names
  local config at
  # The whole line: what a group of commands handed on is without the options before it.
  line=(\${(Q)\${(z)LBUFFER}})
  at=\${line[(I)--config]}
  if (( at )); then
    config=\${line[at+1]}
  else
    config=\${\${line[(R)--config=*]}#--config=}
  fi
  names=(\${(f)"$(sh -c ${namesScript} sh "\${@[-1]}" "$config" 2>/dev/null)"})
  compadd "\${@[1,-2]}" -a names
}

${flat(tree).map(command).join('\n\n')}

# Read by compinit this file is the function; with source it defines it.
if [[ $funcstack[1] == _stackhand ]]; then
  _stackhand "$@"
else
  compdef _stackhand stackhand
fi
`;
}

const functionName = (path: string): string => ['_stackhand', ...path.split(/[ -]/)].filter((word) => word).join('_');

function command({ path, commands, options, argument, nests }: Completed): string {
  const specs = options.flatMap(optionSpecs);
  if (nests) return nest(path, specs);
  if (commands.length === 0)
    return leaf(path, [...specs, ...(argument === undefined ? [] : [`*: :${action(argument)}`])]);
  const below = commands.map((child) => ({ name: child.path.split(' ').at(-1) ?? '', child }));
  return [
    `${functionName(path)}() {`,
    '  local curcontext=$curcontext state line',
    '  local -a commands',
    '  typeset -A opt_args',
    '  commands=(',
    ...below.map(({ name, child }) => `    ${quote(`${name}:${child.summary}`)}`),
    '  )',
    // What follows the first word is the business of the command that it names, options too.
    "  _arguments -C -S -A '-*' : \\",
    ...[...specs, '1: :->command', '*:: :->below'].map((spec) => `    ${quote(spec)} \\`),
    '    && return 0',
    '  case $state in',
    "    command) _describe -t commands 'command' commands ;;",
    '    below)',
    '      case $words[1] in',
    ...below.map(({ name, child }) => `        ${name}) ${functionName(child.path)} ;;`),
    '      esac',
    '      ;;',
    '  esac',
    '}',
  ].join('\n');
}

const leaf = (path: string, specs: readonly string[]): string =>
  [
    `${functionName(path)}() {`,
    '  _arguments -S : \\',
    specs.map((spec) => `    ${quote(spec)}`).join(' \\\n'),
    '}',
  ].join('\n');

/** A schedule has a command line of its own after `--`, which begins again at the top. */
const nest = (path: string, specs: readonly string[]): string =>
  [
    `${functionName(path)}() {`,
    '  local at=${words[(i)--]}',
    '  if (( at < CURRENT )); then',
    '    words=(stackhand "${(@)words[at+1,-1]}")',
    '    (( CURRENT -= at - 1 ))',
    '    _stackhand',
    '    return',
    '  fi',
    '  _arguments -S : \\',
    [...specs, '1: : '].map((spec) => `    ${quote(spec)}`).join(' \\\n'),
    '}',
  ].join('\n');

/** One for each name. An option with a value may be said again: which may not is the program's to say. */
function optionSpecs({ names, description, placeholder, value }: CompletedOption): string[] {
  const others = names.length > 1 ? `(${names.join(' ')})` : '';
  const told = `[${escaped(description)}]`;
  if (value === undefined) return names.map((name) => `${others}${name}${told}`);
  return names.map(
    (name) => `*${name}${name.startsWith('--') ? '=' : '+'}${told}:${escaped(placeholder)}:${action(value)}`,
  );
}

function action(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.join(' ')})`;
    case 'names':
      return `_stackhand_names ${value.section}`;
    case 'files':
      return '_files';
    case 'anything':
      // A blank: a message would be printed above the prompt at every TAB.
      return ' ';
  }
}

const escaped = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&');
