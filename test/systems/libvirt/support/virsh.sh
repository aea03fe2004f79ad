#!/bin/bash
# A stand-in for virsh: answers from the files below $WORLD as the real one was seen to, messages and exit codes too.
world=$WORLD

fail() {
  printf '%s\n' "$2" >&2
  return "$1"
}

# Domains, one a line: uuid, state, name.
list() {
  local uuid state name all= names=
  [[ " $* " == *' --all '* ]] && all=1
  [[ " $* " == *' --name '* ]] && names=1
  while IFS=$'\t' read -r uuid state name; do
    [[ -n $all || $state != 'shut off' ]] || continue
    if [[ -n $names ]]; then printf '%s %s\n' "$uuid" "$name"; else printf '%s\n' "$uuid"; fi
  done <"$world/domains"
  echo
}

# The real one tries ids, UUIDs, then names; domname no names. Sets uuid, state and name.
find_domain() { # WANTED COMMAND
  if [[ -e $world/$1.row ]]; then
    IFS=$'\t' read -r uuid state name <"$world/$1.row"
    return
  fi
  [[ $2 == domname ]] && return 1
  while IFS=$'\t' read -r uuid state name; do
    [[ $name == "$1" ]] && return
  done <"$world/domains"
  return 1
}

# The value of an option, in either spelling.
option() { # NAME WORD…
  local wanted=$1
  shift
  while [[ $# -gt 0 ]]; do
    case $1 in
      "$wanted="*) printf '%s' "${1#*=}" && return ;;
      "$wanted") printf '%s' "$2" && return ;;
    esac
    shift
  done
}

show() { # FILE DEFAULT
  if [[ -e $world/$1 ]]; then cat "$world/$1"; else printf '%s' "$2"; fi
}

one() {
  local command=$1 uuid state name
  shift
  if [[ -e $world/down ]]; then
    fail 1 "$(<"$world/down")"
    return
  fi
  case $command in
    echo) printf '%s' "$*" ;;
    list) list "$@" ;;
    help) echo '--keep-nvram --keep-tpm' ;;
    define) cat "$1" >"$world/defined" ;;
    pool-list) show pools ;;
    pool-dumpxml) show "pool-$1" ;;
    pool-refresh) ;;
    vol-dumpxml) volume "$(option --pool "$@")" "$(option --vol "$@")" ;;
    *) of_domain "$command" "$@" ;;
  esac
}

of_domain() {
  local command=$1 wanted
  wanted=$(option --domain "$@")
  shift
  [[ -n $wanted ]] || for wanted in "$@"; do [[ $wanted == --* ]] || break; done
  if ! find_domain "$wanted" "$command"; then
    fail 1 "error: failed to get domain '$wanted'"
  elif [[ -e $world/mishap-$command ]]; then
    fail "$(<"$world/mishap-$command.code")" "$(<"$world/mishap-$command")"
  else
    on_domain "$command" "$@"
  fi
}

volume() { # POOL VOLUME
  local key
  while IFS=$'\t' read -r at key; do
    [[ $key == "$1/$2" ]] && cat "$world/volume-$at" && return
  done <"$world/volumes"
  fail 1 "error: failed to get vol '$2'
error: Storage volume not found: no storage vol with matching path '$2'"
}

on_domain() {
  local command=$1
  shift
  local not_running='error: Requested operation is not valid: domain is not running'
  case $command in
    domname) printf '%s\n\n' "$name" ;;
    domstate) printf '%s\n\n' "$state" ;;
    dominfo) show "$uuid.dominfo" "Id:             -
Name:           $name
UUID:           $uuid
State:          $state
Persistent:     yes
Autostart:      disable
Managed save:   no
" ;;
    dumpxml) dumpxml "$@" ;;
    domblklist) printf ' Target   Source\n-----------------\n' && show "$uuid.targets" ;;
    domjobinfo) [[ $state != 'shut off' ]] && show "$uuid.job" $'Job type:         None        \n' || fail 1 "$not_running" ;;
    blockjob) show "$uuid.blockjob-$2" ;;
    snapshot-list) show "$uuid.snapshots" && echo ;;
    snapshot-dumpxml) snapshot "$(option --snapshotname "$@")" ;;
    checkpoint-list) echo ;;
    domifaddr) show "addresses-$(option --source "$@")" ;;
    start) [[ $state == 'shut off' ]] || fail 1 'error: Domain is already active' ;;
    shutdown | destroy) [[ $state != 'shut off' ]] || fail 1 "$not_running" ;;
    managedsave-remove | undefine | autostart) ;;
    *) fail 1 "error: unknown command: '$command'" ;;
  esac
}

dumpxml() {
  if [[ " $* " == *' --inactive '* || ! -e $world/$uuid.live ]]; then show "$uuid.inactive"; else show "$uuid.live"; fi
  echo
}

snapshot() { # NAME
  local at=0 name
  while IFS= read -r name; do
    [[ $name == "$1" ]] && cat "$world/$uuid.snapshot-$at" && return
    at=$((at + 1))
  done <"$world/$uuid.snapshots"
  return 1
}

[[ $1 == -c && $2 == qemu:///system ]] || { echo "not asked of qemu:///system: $*" >&2 && exit 99; }
shift 2
if [[ $# == 1 && $1 == *' '* ]]; then
  # One argument with blanks is a batch: all of it runs, and the last one's exit code counts.
  IFS=';' read -r -a batch <<<"$1"
else
  batch=()
fi
if [[ ${#batch[@]} == 0 ]]; then
  printf '%s\n' "$*" >>"$world/commands"
  one "$@"
  exit
fi
code=0
for text in "${batch[@]}"; do
  read -r -a words <<<"$text"
  [[ ${words[0]} == echo ]] || printf '%s\n' "${words[*]}" >>"$world/commands"
  one "${words[@]}"
  code=$?
done
exit "$code"
