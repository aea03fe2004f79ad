# guard-arm DIRECTORY JOBS RECORD UUID AFTER SETTLE GUARD_SIZE STOP_SIZE <GUARD_AND_STOP: prints armed, acted or disarmed
# (before, so never again; also when the operation's RECORD is gone, which it takes away as it ends).
directory=$1 jobs=$2 record=$3
umask 077

# All of it before anything else: a connection that breaks half way must not arm half a guard.
texts=$(cat; printf .)
texts=${texts%.}
((${#texts} == $7 + $8)) || fail CommandFailed "only ${#texts} of $(($7 + $8)) bytes of the guard arrived"
need_directory_format guard "$directory"
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"
take_turn "$directory"
if [[ ! -e $record ]]; then
  rm -rf -- "$directory"
  echo disarmed
  exit
fi

prepare() (
  lock "$directory/lock" 30
  guard_state "$directory"
  [[ $state == act* ]] && echo acted && return
  [[ -e $directory/disarmed ]] && echo disarmed && return
  stamp_directory guard "$directory" || exit 1
  printf '%s\n' "$4" "$5" "$6" | replace "$directory/spec" || exit 1
  printf '%s\n' "${texts:0:$7}" | replace "$directory/guard.sh" || exit 1
  printf '%s\n' "${texts:$7}" | replace "$directory/stop.sh" || exit 1
  for later in acting acted; do printf '%s\n' "$later" | replace "$directory/state.$later" || exit 1; done
  stamp "$directory/renewed" || fail CommandFailed "$directory/renewed can't be written"
  set_guard_state "$directory" armed || fail CommandFailed "$directory/state can't be written"
  echo armed
)
found=$(prepare "$@") || exit 1
if [[ $found == armed ]]; then
  start_guard "$directory" "$jobs"
  # Starting a unit takes a while on a busy host, which is not a worker's absence.
  found=$(renew "$directory") || exit 1
fi
echo "$found"
