# guard-arm DIRECTORY JOBS UUID AFTER SETTLE GUARD STOP: prints armed, acted or disarmed (before, so never again).
directory=$1 jobs=$2
umask 077
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"

prepare() (
  lock "$directory/lock" 30
  guard_state "$directory"
  [[ $state == act* ]] && echo acted && return
  [[ -e $directory/disarmed ]] && echo disarmed && return
  printf '%s\n' "$3" "$4" "$5" | replace "$directory/spec"
  printf '%s\n' "$6" | replace "$directory/guard.sh"
  printf '%s\n' "$7" | replace "$directory/stop.sh"
  stamp "$directory/renewed"
  set_guard_state "$directory" armed
  echo armed
)
found=$(prepare "$@") || exit 1
[[ $found == armed ]] && start_guard "$directory" "$jobs"
echo "$found"
