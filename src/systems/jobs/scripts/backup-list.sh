# backup-list ROOT: a line of fields a backup directory, then its manifest as base64 and the sizes of its files.
# Directories are told, never followed through links. Fields end with a tab; names come as base64, since they may hold
# anything.
root=$1
cd -- "$root" || fail ShareLost "$root can't be entered"
shopt -s nullglob dotglob
b64() { printf '%s' "$1" | base64 -w 0; }
for vm in */; do
  vm=${vm%/}
  [[ -L $vm || $vm == .stackhand* || $vm == lost+found ]] && continue
  for entry in "$vm"/*; do
    [[ ${entry##*/} == .stackhand-* ]] && continue
    printf 'entry\t%s\t' "$(b64 "$entry")"
    if [[ -L $entry || ! -d $entry ]]; then
      printf 'other\n'
      continue
    fi
    printf 'directory\n'
    [[ -e $entry/damaged ]] && printf 'damaged\t%s\n' "$(head -c 500 "$entry/damaged" | base64 -w 0)"
    [[ -f $entry/verified && ! -L $entry/verified ]] && printf 'verified\n'
    if [[ -f $entry/manifest.json && ! -L $entry/manifest.json ]]; then
      printf 'manifest\t%s\n' "$(head -c 1000000 "$entry/manifest.json" | base64 -w 0)"
    fi
    for file in "$entry"/*; do
      [[ -f $file && ! -L $file ]] && printf 'file\t%s\t%s\n' "$(b64 "${file##*/}")" "$(stat -c %s -- "$file")"
    done
  done
done
