# Archives one source into $DIRECTORY/$FILE: reader, with the digest | throttle, if any | compressor | dd.
# A full NFS share shows only at fsync or close: a size that looks right proves nothing. dd does both on its own open
# file and says what came of it; a compressor's close at its exit would say it to nobody, and on kernels before 5.9 that
# close takes the error away from a later fsync. nocache has each piece sent off as it is written: so a share that is full
# also fails a later write, hours before the end, and the host's memory is kept for what needs it. Pieces of a pipe's
# size stay in the CPU's cache: with 1 MiB the whole archive takes an eighth longer.
# Env: SOURCE KIND FINGERPRINT ALLOCATED DIRECTORY FILE MOUNT_POINT MOUNT_SOURCE UUID BOOT_ID COMPRESSION LEVEL BANDWIDTH IDLE

# Before the first byte, now and then, and right after the last: the source is as it was when the VM had been shut down.
unchanged() {
  local now
  off_since "$BOOT_ID" "$UUID" || return
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

if [[ -n $IDLE ]]; then
  renice -n 19 -p $$ >/dev/null 2>&1
  ionice -c 3 -p $$ 2>/dev/null
fi
require unchanged
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
# No link to another directory took its place: the kernel says where this is.
parent=${DIRECTORY%/*}
[[ $(readlink -- "/proc/$$/cwd") == */"${parent##*/}/${DIRECTORY##*/}" ]] ||
  fail ShareNotWritable "$DIRECTORY is a link to somewhere else"
# What an earlier try left may still have a writer, which waits in the kernel for the share: this one gets its own file.
within 20 rm -f -- "./$FILE"
# A file that is half is of no use to anybody; a retry writes it anew.
trap 'code=$?; ((code == 0)) || within 20 rm -f -- "./$FILE"' EXIT

pipes stream packed
start_reader "$KIND" "$SOURCE"
plain=stream
if [[ -n $BANDWIDTH ]]; then
  pipes throttled
  throttle "$BANDWIDTH" <"$JOB/stream" >"$JOB/throttled" 2>"$JOB/throttle.said" &
  started throttle
  plain=throttled
fi
compress <"$JOB/$plain" >"$JOB/packed" 2>"$JOB/compressor.said" &
started compressor
dd of="./$FILE" bs=64k iflag=fullblock oflag=nocache,nofollow conv=fsync status=none <"$JOB/packed" 2>"$JOB/writer.said" &
started writer
watch reader "$ALLOCATED" still_valid

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
