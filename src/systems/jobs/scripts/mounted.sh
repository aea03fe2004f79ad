# mounted_from MOUNTPOINT SOURCE FOUND: is FOUND, findmnt's SOURCE of the mount point, what mount(8) makes of SOURCE?
# Network sources come back as given, but for a slash at the end and findmnt's \xNN for blanks. A bind mount comes back
# as device[/path], so there the two directories are compared; a device may come back under another of its names.
mounted_from() {
  local mount_point=$1 source=$2 found
  # Several lines are mounts on top of one another; the last is the one that is seen.
  printf -v found '%b' "${3##*$'\n'}"
  [[ ${found%/} == "${source%/}" ]] && return 0
  if [[ -d $source ]]; then
    [[ $(timeout --foreground -s KILL 20 stat -c %d:%i -- "$source") == "$(timeout --foreground -s KILL 20 stat -c %d:%i -- "$mount_point")" ]]
    return
  fi
  [[ -b $source || $source == *=* ]] &&
    [[ -n $(timeout --foreground -s KILL 20 findmnt -rn -o SOURCE --mountpoint "$mount_point" --source "$source") ]]
}
