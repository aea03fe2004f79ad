# guard-disarm DIRECTORY: prints what the guard was: armed (it never acted and never will), acted, or absent. After that
# only the mark stays, and `acted`, so that a repeated call says the same.
directory=$1
umask 077
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"

mark() (
  lock "$directory/lock" 30
  guard_state "$directory"
  [[ $state == acting ]] && state=acted && set_guard_state "$directory" acted
  : >"$directory/disarmed"
  echo "$state"
)
found=$(mark) || exit 1
end_guard "$directory"
for file in spec renewed acted pid log guard.sh stop.sh; do rm -f -- "$directory/$file"; done
[[ $found == acted ]] || rm -f -- "$directory/state"

# Marks are needed only while a straggler may come.
find "${directory%/*}" -mindepth 2 -maxdepth 2 -name disarmed -mtime +7 2>/dev/null | while IFS= read -r file; do
  rm -rf -- "${file%/*}"
done
echo "$found"
