# backup-list ROOT MOUNTPOINT SOURCE: what lies in a repository, without following a link. First an entry for each
# directory, file and link: type, size, time of change (seconds) and path below the root; an empty one; then path and content of each manifest and
# each note of damage. Each is ended by a NUL. Directories whose names are not of ours are told, but not entered.
enter_share "$2" "$2" "$3"
# A repository that nobody has written to yet.
within 20 test -e "$1" || exit 0
enter_share "$1" "$2" "$3"
in_backups=(-mindepth 3 -maxdepth 3 -regextype posix-extended -regex '\./[^/]+-[0-9a-f]{8}/[^/]+/[^/]+')
find . -ignore_readdir_race -mindepth 1 -maxdepth 3 -regextype posix-extended \
  \( -regex '\./[^/]+' ! \( -type d -regex '.*-[0-9a-f]{8}' \) -prune -o -true \) \
  ! -path './.stackhand-*' ! -path './*/.stackhand-*' ! -path ./lost+found -printf '%y %s %T@ %P\0' ||
  fail ShareLost "$1 can't be read whole"
printf '\0'
find . -ignore_readdir_race "${in_backups[@]}" -type f \( -name manifest.json -o -name damaged \) -size -8192k -print0 |
  while IFS= read -r -d '' file; do
    # What was a file may be a link by now, and what it leads to would be told.
    content=$(dd if="$file" bs=1M iflag=nofollow,nonblock status=none)
    printf '%s\0' "${file#./}" "$content"
  done 2>/dev/null
