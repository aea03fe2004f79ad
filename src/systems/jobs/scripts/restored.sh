# restored FILE used|remove: what a restore made, by the list that its jobs kept in FILE: inode and path, each ended by a
# NUL. What is at a path with another inode is somebody else's.
# used: prints those that a process has open. remove: removes all, or nothing while one is open.
made=()
while IFS= read -r -d '' inode && IFS= read -r -d '' path; do
  [[ $(stat -c %i -- "$path" 2>/dev/null) == "$inode" ]] && made+=("$path")
done 2>/dev/null <"$1"

# By the names of open files and not by the files: a look at one on a dead share would hang.
used=()
if ((${#made[@]})); then
  names=()
  for path in "${made[@]}"; do names+=(-e "$(readlink -e -- "$path")"); done
  mapfile -d '' -t used < <(
    timeout -s KILL 60 find /proc/[0-9]*/fd -maxdepth 1 -type l -printf '%l\0' 2>/dev/null | grep -zFx "${names[@]}" | sort -zu
  )
fi
if [[ $2 == used ]]; then
  ((${#used[@]} == 0)) || printf '%s\0' "${used[@]}"
  exit 0
fi
if ((${#used[@]})); then
  printf 'FAULT RestoreRefused %s is in use, and is not removed\n' "${used[0]}" >&2
  exit 1
fi
((${#made[@]} == 0)) || rm -rf -- "${made[@]}"
