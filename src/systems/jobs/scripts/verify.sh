# Reads an archive back from the share and holds it against its size, the digest of the stream it was made of, and what
# an image's tar must hold: exactly one regular member of the image's name and size.
# Env: DIRECTORY FILE MOUNT_POINT MOUNT_SOURCE KIND NAME COMPRESSION DIGEST SIZE ARCHIVE_BYTES
enter_backup
archive_is_there
# What was just written may still be in memory here; it has to come from the share.
within 120 dd if="./$FILE" iflag=nocache,nofollow count=0 status=none 2>/dev/null

start_unpacking
pipes plain
start_hash stream plain
if [[ $KIND == block ]]; then
  wc -c <"$JOB/plain" >"$JOB/members" 2>"$JOB/list.said" &
else
  drained tar --numeric-owner --full-time --quoting-style=escape -tvf - <"$JOB/plain" >"$JOB/members" 2>"$JOB/list.said" &
fi
started list
watch reader "$ARCHIVE_BYTES" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch

unpacked_whole
stream_read
[[ $digest == "$DIGEST" ]] || fail ArchiveCorrupt "$FILE holds other data than was read: sha256 $digest instead of $DIGEST"
((status[list] == 0)) || fail ArchiveCorrupt "$FILE is no whole tar: $(end_of list)"
case $KIND in
  block)
    read -r size <"$JOB/members"
    ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds $size bytes instead of $SIZE"
    ;;
  file)
    mapfile -t members <"$JOB/members"
    ((${#members[@]} == 1)) || fail ArchiveCorrupt "$FILE holds ${#members[@]} members instead of one"
    # Mode, owner, size, date, time, name.
    [[ ${members[0]} =~ ^-[^\ ]+\ [^\ ]+\ +([0-9]+)\ [^\ ]+\ [^\ ]+\ (.*)$ ]] ||
      fail ArchiveCorrupt "$FILE holds something else than a file: ${members[0]}"
    size=${BASH_REMATCH[1]}
    printf -v name %b "${BASH_REMATCH[2]}"
    [[ $name == "$NAME" ]] || fail ArchiveCorrupt "$FILE holds $name instead of $NAME"
    ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds $size bytes of $NAME instead of $SIZE"
    ;;
esac
