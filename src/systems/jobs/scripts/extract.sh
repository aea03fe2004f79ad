# Unpacks an archive beside its destination, holds it against its digest, and only then gives it its name, which must
# not be taken: nothing is ever overwritten. A block device is named by a person, and written whole, zeros too.
# Env: as verify.sh, and DESTINATION MARK MADE
half=
trap '[[ -z $half ]] || rm -rf -- "$half"' EXIT

# no_room TEXT: names the failure of a command on the destination.
no_room() {
  [[ $1 =~ No\ space\ left|[Qq]uota\ exceeded ]] && fail DestinationFull "no room for $DESTINATION: $1"
}

# will_make PATH FILE: says, before there is anything at PATH, that FILE is what will be there. Whoever undoes this goes by
# the inode, since a job may end at any moment: before it has made PATH, and after.
will_make() {
  local inode text
  inode=$(stat -c %i -- "$2") || fail JobFailed "$2 can't be looked at"
  text=$({ printf '%s\0%s\0' "$inode" "$1" >>"$MADE" && sync -- "$MADE"; } 2>&1) ||
    fail JobFailed "$MADE can't be written: $text"
}

# device_is_free: large enough, and nobody has it: no mount, swap, volume group or array, and no process.
device_is_free() {
  local room users index type mount device user
  [[ -b $DESTINATION ]] || fail RestoreRefused "$DESTINATION is not a block device"
  room=$(blockdev --getsize64 "$DESTINATION") || fail RestoreRefused "the size of $DESTINATION can't be read"
  ((room >= SIZE)) || fail RestoreRefused "$DESTINATION has $room bytes, and the disk needs $SIZE"
  # The device itself, then what is made of it.
  mapfile -t users < <(within 30 lsblk -rno TYPE,MOUNTPOINT -- "$DESTINATION")
  ((${#users[@]})) || fail RestoreRefused "lsblk does not say who uses $DESTINATION"
  for index in "${!users[@]}"; do
    read -r type mount <<<"${users[index]}"
    [[ -z $mount ]] || fail RestoreRefused "$DESTINATION is in use: mounted on $mount"
    ((index == 0)) || [[ $type == part ]] || fail RestoreRefused "$DESTINATION is in use: it is part of a device of type $type"
  done
  device=$(readlink -e -- "$DESTINATION")
  user=$(within 30 find /proc/[0-9]*/fd -maxdepth 1 -lname "$device" 2>/dev/null | head -n 1)
  [[ -z $user ]] && return
  user=${user#/proc/}
  fail RestoreRefused "$DESTINATION is open in process ${user%%/*} ($(cat "/proc/${user%%/*}/comm"))"
}

if [[ $KIND == block ]]; then
  device_is_free
else
  if [[ -e $DESTINATION || -L $DESTINATION ]]; then fail RestoreRefused "$DESTINATION is there already"; fi
  parent=${DESTINATION%/*}
  [[ -d ${parent:-/} ]] || fail RestoreRefused "the directory ${parent:-/} is not there"
  half=$DESTINATION.stackhand-$MARK.partial
  # What an earlier try of this operation left.
  rm -rf -- "$half"
  if ! text=$(mkdir -- "$half" 2>&1); then
    no_room "$text"
    fail RestoreRefused "${parent:-/} can't be written to: $text"
  fi
  will_make "$half" "$half"
fi
enter_backup
archive_is_there

start_unpacking
pipes plain
start_hash stream plain
if [[ $KIND == block ]]; then
  drained dd of="$DESTINATION" bs=4M iflag=fullblock conv=nocreat,notrunc,fsync status=none \
    <"$JOB/plain" 2>"$JOB/writer.said" &
else
  drained tar --numeric-owner --no-unquote -xpS -C "$half" -f - --no-wildcards -- "$NAME" \
    <"$JOB/plain" 2>"$JOB/writer.said" &
fi
started writer
watch reader "$ARCHIVE_BYTES" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch

no_room "$(<"$JOB/writer.said")"
unpacked_whole
stream_read
[[ $digest == "$DIGEST" ]] || fail ArchiveCorrupt "$FILE holds other data than was backed up: sha256 $digest instead of $DIGEST"
grep -q 'Not found in archive' "$JOB/writer.said" && fail ArchiveCorrupt "$FILE holds no $NAME"
((status[writer] == 0)) || fail JobFailed "$DESTINATION could not be written: $(end_of writer)"
[[ $KIND == block ]] && exit 0

unpacked=$half/$NAME
if [[ $KIND == file ]]; then
  [[ -f $unpacked && ! -L $unpacked ]] || fail ArchiveCorrupt "$FILE holds something else than the file $NAME"
  size=$(stat -c %s -- "$unpacked")
  ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds $size bytes instead of $SIZE"
  if ! text=$(sync -- "$unpacked" 2>&1); then
    no_room "$text"
    fail JobFailed "$DESTINATION could not be brought to the disk: $text"
  fi
  will_make "$DESTINATION" "$unpacked"
  # A hard link is refused where the name is taken; a rename may not be.
  if ! text=$(ln -T -- "$unpacked" "$DESTINATION" 2>&1); then
    [[ -e $DESTINATION || -L $DESTINATION ]] && fail RestoreRefused "$DESTINATION is there already"
    mv -nT -- "$unpacked" "$DESTINATION"
    [[ ! -e $unpacked ]] || fail RestoreRefused "$DESTINATION can't be made: $text"
  fi
else
  [[ -d $unpacked && ! -L $unpacked ]] || fail ArchiveCorrupt "$FILE holds something else than the directory $NAME"
  sync -f -- "$unpacked"
  will_make "$DESTINATION" "$unpacked"
  mv -nT -- "$unpacked" "$DESTINATION"
  [[ ! -e $unpacked ]] || fail RestoreRefused "$DESTINATION is there already"
fi
command -v restorecon >/dev/null && restorecon -R -- "$DESTINATION" 2>/dev/null
# Not every file system can sync a directory.
sync -- "${parent:-/}" 2>/dev/null
exit 0
