# Reads an archive back from the share and holds it against the digest of the stream it was made of, and an image's tar
# against what it must hold: exactly one regular member of the image's size.
# Env: DIRECTORY FILE MOUNT_POINT MOUNT_SOURCE KIND COMPRESSION DIGEST SIZE STREAM_BYTES
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
total=$(within 60 stat -c %s -- "./$FILE" 2>"$JOB/stat.said") || fail ArchiveCorrupt "$FILE is not there: $(said "$JOB/stat.said")"
# What was just written is still in memory here; it has to come from the share.
within 120 dd if="./$FILE" iflag=nocache count=0 status=none 2>/dev/null
mkfifo "$JOB/stream" "$JOB/digest" "$JOB/plain" || fail JobFailed "no pipe can be made in $JOB"

decompress "$COMPRESSION" "./$FILE" >"$JOB/stream" 2>"$JOB/reader.said" &
started reader
tee -- "$JOB/digest" <"$JOB/stream" >"$JOB/plain" 2>/dev/null &
started tee
sha256 "$JOB/sha256" <"$JOB/digest" &
started sha256
if [[ $KIND == block ]]; then
  wc -c <"$JOB/plain" >"$JOB/members" &
else
  # tar stops reading at its end mark; what comes after it belongs to the digest.
  {
    tar --numeric-owner --full-time --quoting-style=escape -tvf - >"$JOB/members"
    code=$?
    cat >/dev/null
    exit "$code"
  } <"$JOB/plain" 2>"$JOB/list.said" &
fi
started list
watch reader "$total" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch

if ((status[reader] != 0)); then
  if grep -qE 'Input/output error|Stale file handle|not connected|timed out' "$JOB/reader.said"; then
    fail ShareLost "$FILE could not be read: $(said "$JOB/reader.said")"
  fi
  ((status[reader] == 127)) && fail ToolMissing "$COMPRESSION is not installed: $(said "$JOB/reader.said")"
  fail ArchiveCorrupt "$FILE can't be unpacked: $(said "$JOB/reader.said")"
fi
found=$(digest_in "$JOB/sha256")
[[ $found == "$DIGEST" ]] || fail ArchiveCorrupt "$FILE holds other data than was read: sha256 $found instead of $DIGEST"
((status[list] == 0)) || fail ArchiveCorrupt "$FILE is no whole tar: $(said "$JOB/list.said")"
case $KIND in
  block)
    read -r size <"$JOB/members"
    ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds $size bytes instead of $SIZE"
    ;;
  file)
    members=0
    while read -r mode _ size _; do
      members=$((members + 1))
      [[ $mode == -* ]] && ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds something else than one file of $SIZE bytes"
    done <"$JOB/members"
    ((members == 1)) || fail ArchiveCorrupt "$FILE holds $members members instead of one"
    ;;
esac
