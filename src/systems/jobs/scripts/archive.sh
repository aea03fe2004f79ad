# Archives one source into $DIRECTORY/$FILE: reader, with the digest | throttle, if any | compressor, whose output is
# brought to the disk while it grows.
# Env: SOURCE KIND FINGERPRINT ALLOCATED DIRECTORY FILE MOUNT_POINT MOUNT_SOURCE UUID BOOT_ID COMPRESSION LEVEL BANDWIDTH IDLE

# Before the first byte, now and then, and right after the last: the source is as it was when the VM had been shut down.
unchanged() {
  local boot now
  lost_type=PreconditionLost
  read -r boot </proc/sys/kernel/random/boot_id
  if [[ -n $BOOT_ID && $boot != "$BOOT_ID" ]]; then
    lost_why='the host was rebooted since the VM was shut down'
    return 1
  fi
  if [[ -n $UUID ]]; then domain_is_off "$UUID" || return; fi
  [[ -n $FINGERPRINT ]] || return 0
  if ! now=$(within 30 stat -c '%i %s %Y %Z' -- "$SOURCE" 2>&1); then
    lost_type=SourceUnreadable
    lost_why="the source can't be looked at: ${now:-stat was killed at its deadline}"
    return 1
  fi
  [[ $now == "$FINGERPRINT" ]] && return 0
  lost_type=SourceChanged
  lost_why="$SOURCE was written to since the VM was shut down"
  return 1
}

# Once the source has been read, the VM may run again.
still_valid() {
  if [[ ! -e $JOB/read ]]; then unchanged || return; fi
  cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
}

compress() {
  local gzip=gzip
  case $COMPRESSION in
    zstd) exec zstd -q -c -T0 "-${LEVEL:-3}" ;;
    gzip)
      command -v pigz >/dev/null && gzip=pigz
      # zstd's levels go further.
      exec "$gzip" -c "-$((${LEVEL:-6} > 9 ? 9 : ${LEVEL:-6}))"
      ;;
    none) exec cat ;;
  esac
}

# keep_on_disk: brings stdout, the compressor's open file, to the disk every second, and once more when stdin ends, as it
# does with the compressor. A full NFS share shows only at fsync or close (a size that looks right proves nothing), so it
# shows within a second, and the network is busy from the start. The compressor's own open file, since the kernel tells
# an error of writing back to those who had the file open, and older ones to only one of them; and no program between
# it and the file, which would copy it all once more.
keep_on_disk() {
  local code
  while :; do
    read -r -t 1
    code=$?
    dd if=/dev/null conv=fsync status=none || break
    # Above 128: the second is over.
    ((code > 128)) || return 0
  done
  ((code > 128)) && kill -KILL "${pid_of[compressor]}" 2>/dev/null
  return 1
}

if [[ -n $IDLE ]]; then
  renice -n 19 -p $$ >/dev/null 2>&1
  ionice -c 3 -p $$ 2>/dev/null
fi
require unchanged
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
# A file that is half is of no use to anybody; a retry writes it anew.
trap 'code=$?; ((code == 0)) || within 20 rm -f -- "./$FILE"' EXIT

pipes stream written
start_reader "$KIND" "$SOURCE"
# Already now: a dead server would let the next line hang.
watch reader "$ALLOCATED" still_valid
{ exec {archive}>"./$FILE"; } 2>"$JOB/writer.said" ||
  fail "$(write_fault "$JOB/writer.said")" "$FILE could not be made: $(<"$JOB/writer.said")"
plain=stream
if [[ -n $BANDWIDTH ]]; then
  pipes throttled
  throttle "$BANDWIDTH" <"$JOB/stream" >"$JOB/throttled" 2>"$JOB/throttle.said" &
  started throttle
  plain=throttled
fi
compress <"$JOB/$plain" 1>&"$archive" 3>"$JOB/written" 2>"$JOB/compressor.said" &
started compressor
keep_on_disk <"$JOB/written" 1>&"$archive" 2>"$JOB/writer.said" &
started writer
exec {archive}>&-

collect reader
if ((status[reader] == 0)); then
  require unchanged
  progress "$ALLOCATED" "$ALLOCATED" read
fi
collect
unwatch

for name in writer compressor throttle sha256 tee reader; do
  [[ -n ${status[$name]-} ]] && ((status[$name] != 0)) && ! is_victim "$name" || continue
  ((status[$name] > 128)) && fail JobFailed "the $name of $FILE $(end_of "$name")"
  case $name in
    writer) fail "$(write_fault "$JOB/writer.said")" "$FILE could not be written: $(end_of writer)" ;;
    compressor)
      # In the words of zstd and cat, pigz, gzip.
      grep -qiE 'write error|stdout:' "$JOB/compressor.said" &&
        fail "$(write_fault "$JOB/compressor.said")" "$FILE could not be written: $(end_of compressor)"
      ;;
    reader)
      # tar and read-source.py end with 1 when the source changes under them.
      ((status[reader] == 1)) && [[ $KIND != block ]] &&
        fail SourceChanged "$SOURCE changed while it was read: $(end_of reader)"
      ((status[reader] <= 2)) && fail SourceUnreadable "$SOURCE could not be read: $(end_of reader)"
      ;;
  esac
  ((status[$name] == 127)) && fail ToolMissing "$(end_of "$name")"
  fail JobFailed "the $name of $FILE failed: $(end_of "$name")"
done
[[ -e $JOB/read ]] || fail JobFailed "the reader of $FILE ended with code ${status[reader]}"
require cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
size=$(within 60 stat -c %s -- "./$FILE") || fail ShareLost "$FILE is not there after it was written"
stream_read
result file "$FILE"
result compression "$COMPRESSION"
result digest "$digest"
result streamBytes "$bytes"
result archiveBytes "$size"
