import { quote } from '../../domain/quote.ts';
import { namesScript } from './names.ts';
import { flat } from './tree.ts';
import type { Completed } from './tree.ts';
import type { Value } from './values.ts';

/**
 * For bash 3.2 and newer, without its package bash-completion. Readline may hand over `--host=kvm1` as three words,
 * `--host`, `=` and `kvm1`; or as one, where COMP_WORDBREAKS was changed.
 */
export function bashScript(tree: Completed): string {
  const commands = flat(tree);
  return `# bash completion for stackhand, made by: stackhand completion bash

# What may stand at a command: the ones below it, its options, and those of them that take a value.
_stackhand_at() {
  commands= options= valued=
  case $1 in
${commands.map(words).join('\n')}
  esac
}

# What may stand as the value of an option ($2) of a command, or without one as its argument.
_stackhand_values() {
  case "$1 $2" in
${commands.flatMap(values).join('\n')}
  esac
}

_stackhand_choices() { COMPREPLY=($(compgen -P "$prefix" -W "$1" -- "$word")); }

_stackhand_names() { _stackhand_choices "$(sh -c ${namesScript} sh "$1" "$config" 2>/dev/null)"; }

_stackhand_files() {
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -P "$prefix" -f -- "$word"))
}

_stackhand() {
  local IFS=$'\\n' word= at= here= option= before= prefix= config= ended=
  local commands options valued
  COMPREPLY=()
  _stackhand_at "$here"
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -n $option ]]; then
      if [[ $word == '=' && $before == "$option" ]]; then
        before='='
        continue
      fi
      [[ $option != --config ]] || config=$word
      option=
    elif [[ $word == -- ]]; then
      ended=yes
      case $here in
${nesting(commands)}
      esac
    elif [[ $word == --*=* ]]; then
      [[ $word != --config=* ]] || config=\${word#*=}
    elif [[ $word == -* && -z $ended ]]; then
      [[ $'\\n'$valued$'\\n' != *$'\\n'"$word"$'\\n'* ]] || option=$word
    elif [[ -n $commands ]]; then
      # A word that is no command of this one: nothing is known of what follows.
      [[ $'\\n'$commands$'\\n' == *$'\\n'"$word"$'\\n'* ]] || return 0
      here="\${here:+$here }$word"
      _stackhand_at "$here"
    fi
    before=$word
  done
  word=\${COMP_WORDS[COMP_CWORD]}
  if [[ -n $option ]]; then
    [[ $word != '=' ]] || word=
  elif [[ $word == --*=* && -z $ended ]]; then
    option=\${word%%=*} word=\${word#*=}
    prefix=$option=
  elif [[ $word == -* && -z $ended ]]; then
    _stackhand_choices "$options"
    return 0
  elif [[ -n $commands ]]; then
    _stackhand_choices "$commands"
    return 0
  fi
  _stackhand_values "$here" "$option"
}

complete -F _stackhand stackhand
`;
}

/** One a line, as IFS has it: no word has a newline, and one may have a blank. */
const list = (all: readonly string[]): string => (all.length === 0 ? '' : `$'${all.join('\\n')}'`);

function words({ path, commands, options }: Completed): string {
  const below = commands.map((command) => command.path.split(' ').at(-1) ?? '');
  const names = options.flatMap((option) => option.names);
  const valued = options.flatMap((option) => (option.value === undefined ? [] : option.names));
  return [
    `    ${quote(path)})`,
    ...(below.length === 0 ? [] : [`      commands=${list(below)}`]),
    `      options=${list(names)}`,
    `      valued=${list(valued)}`,
    '      ;;',
  ].join('\n');
}

function values({ path, options, argument }: Completed): string[] {
  const own = options.map(({ names, value }) => ({ keys: names.map((name) => `${path} ${name}`), value }));
  return [...own, { keys: [`${path} `], value: argument }].flatMap(({ keys, value }) => {
    const action = value === undefined ? '' : offer(value);
    return action === '' ? [] : [`    ${keys.map(quote).join(' | ')}) ${action} ;;`];
  });
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `_stackhand_choices ${list(value.choices)}`;
    case 'names':
      return `_stackhand_names ${value.section}`;
    case 'files':
      return '_stackhand_files';
    case 'anything':
      return '';
  }
}

/** After \`--\` a schedule has a command line of its own, which begins again at the top. */
function nesting(commands: readonly Completed[]): string {
  const paths = commands.filter(({ nests }) => nests).map(({ path }) => quote(path));
  return `        ${paths.join(' | ')}) here= ended= && _stackhand_at "$here" ;;`;
}
