# Does a file on the host hold what an archive holds? Env: as verify.sh, and OTHER
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
total=$(within 60 stat -c %s -- "./$FILE") || fail ArchiveCorrupt "$FILE is not there"
size=$(stat -L -c %s -- "$OTHER" 2>/dev/null)
if [[ $size != "$SIZE" ]]; then
  result same no
  exit 0
fi
mkfifo "$JOB/stream" "$JOB/plain" || fail JobFailed "no pipe can be made in $JOB"
decompress "$COMPRESSION" "./$FILE" >"$JOB/stream" 2>"$JOB/reader.said" &
started reader
{
  tar -xOf -
  code=$?
  cat >/dev/null
  exit "$code"
} <"$JOB/stream" >"$JOB/plain" 2>/dev/null &
started tar
{
  cmp -s -- - "$OTHER"
  code=$?
  cat >/dev/null
  exit "$code"
} <"$JOB/plain" &
started cmp
watch reader "$total" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch
((status[reader] == 0)) || fail ArchiveCorrupt "$FILE can't be unpacked: $(said "$JOB/reader.said")"
case ${status[cmp]} in
  0) result same yes ;;
  1) result same no ;;
  *) fail SourceUnreadable "$OTHER could not be read" ;;
esac
