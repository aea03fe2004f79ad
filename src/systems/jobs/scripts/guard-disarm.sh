# guard-disarm DIRECTORY RECORD: prints what the guard was: armed (it never acted and never will), acted, or absent. After
# that only the mark stays, and `acted`, so that a repeated call says the same; and nothing once the operation's RECORD is
# gone, without which a straggler can arm nothing.
directory=$1 record=$2
umask 077
[[ -d $directory || -e $record ]] || { echo absent && exit; }
need_directory_format guard "$directory"
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"
take_turn "$directory"

mark() (
  lock "$directory/lock" 30
  guard_state "$directory"
  [[ $state == acting ]] && state=acted && set_guard_state "$directory" acted
  : >"$directory/disarmed"
  echo "$state"
)
found=$(mark) || exit 1
end_guard "$directory"
for file in spec renewed acted pid log guard.sh stop.sh state.acting state.acted; do rm -f -- "$directory/$file"; done
[[ $found == acted ]] || rm -f -- "$directory/state"
[[ -e $record ]] || rm -rf -- "$directory"
echo "$found"
