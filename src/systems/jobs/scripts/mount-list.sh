# mount-list MOUNTS: for each lease its operation, mount point, source, and ours or theirs, each ended by a NUL.
for lease in "$1"/*/leases/*; do
  need_directory_format mount "${lease%/leases/*}"
  { IFS= read -r source && IFS= read -r mount_point; } 2>/dev/null <"$lease" || continue
  whose=theirs
  [[ -e ${lease%/leases/*}/ours ]] && whose=ours
  printf '%s\0' "${lease##*/}" "$mount_point" "$source" "$whose"
done
