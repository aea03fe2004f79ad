# Does a file on the host hold what an archive holds? Env: as verify.sh, and OTHER
enter_backup
archive_is_there
size=
[[ $KIND == file && -f $OTHER ]] && size=$(within 60 stat -L -c %s -- "$OTHER" 2>/dev/null)
if [[ $size != "$SIZE" ]]; then
  result same no
  exit 0
fi
start_unpacking
pipes plain
drained tar --no-unquote -xOf - --no-wildcards -- "$NAME" <"$JOB/stream" >"$JOB/plain" 2>"$JOB/tar.said" &
started tar
drained cmp -s -- - "$OTHER" <"$JOB/plain" 2>/dev/null &
started cmp
watch reader "$ARCHIVE_BYTES" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch
unpacked_whole
((status[tar] == 0)) || fail ArchiveCorrupt "$FILE can't be unpacked: $(end_of tar)"
case ${status[cmp]} in
  0) result same yes ;;
  1) result same no ;;
  *) fail SourceUnreadable "$OTHER could not be read" ;;
esac
