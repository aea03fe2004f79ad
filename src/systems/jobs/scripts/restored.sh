# restored FILE among PATH…|remove: what a restore made, by the list that its jobs kept in FILE: inode and path, each
# ended by a NUL. What is at a path with another inode is somebody else's.
# among: prints those of the paths that are among it. remove: removes all, or nothing while a process has one open.
made=()
while IFS= read -r -d '' inode && IFS= read -r -d '' path; do
  [[ $(stat -c %i -- "$path" 2>/dev/null) == "$inode" ]] && made+=("$path")
done 2>/dev/null <"$1"

names=()
for path in "${made[@]}"; do names+=("$(readlink -e -- "$path")"); done
if [[ $2 == among ]]; then
  for path in "${@:3}"; do
    canonical=$(readlink -e -- "$path") || continue
    for name in "${names[@]}"; do
      [[ $canonical == "$name" ]] && printf '%s\0' "$path" && break
    done
  done
  exit 0
fi

# By the names of open files and not by the files: a look at one on a dead share would hang.
used=()
if ((${#names[@]})); then
  mapfile -d '' -t used < <(
    timeout -s KILL 60 find /proc/[0-9]*/fd -maxdepth 1 -type l -printf '%l\0' 2>/dev/null |
      grep -zFx "${names[@]/#/-e}" | sort -zu
  )
fi
if ((${#used[@]})); then
  printf 'FAULT RestoreRefused %s is in use, and is not removed\n' "${used[0]}" >&2
  exit 1
fi
((${#made[@]} == 0)) || rm -rf -- "${made[@]}"
