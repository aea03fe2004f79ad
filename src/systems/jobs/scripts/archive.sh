# Archives one source into $DIRECTORY/$FILE: reader | [throttle] | tee to sha256 | compressor | dd, each with a status of
# its own. dd because a full NFS share shows only at fsync or close: a size that looks right proves nothing.
# Env: SOURCE KIND FINGERPRINT ALLOCATED DIRECTORY FILE MOUNT_POINT MOUNT_SOURCE UUID BOOT_ID COMPRESSION LEVEL BANDWIDTH IDLE

# Before the first byte and right after the last: the disk is as it was when the set's moment was taken.
unchanged() {
  local boot now
  lost_type=PreconditionLost
  read -r boot </proc/sys/kernel/random/boot_id
  if [[ -n $BOOT_ID && $boot != "$BOOT_ID" ]]; then
    lost_why='the host was rebooted'
    return 1
  fi
  if [[ -n $UUID ]]; then domain_is_off "$UUID" || return; fi
  [[ -n $FINGERPRINT ]] || return 0
  if ! now=$(within 30 stat -c '%i %s %Y %Z' -- "$SOURCE" 2>&1); then
    lost_type=SourceUnreadable
    lost_why="$now"
    return 1
  fi
  [[ $now == "$FINGERPRINT" ]] && return 0
  lost_type=SourceChanged
  lost_why="$SOURCE was written to since the VM was shut down"
  return 1
}

still_valid() {
  if [[ ! -e $JOB/read ]]; then unchanged || return; fi
  cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
}

# Only what is half: the file of an archive that went well stays.
trap 'code=$?; ((code == 0)) || within 20 rm -f -- "./$FILE"' EXIT

[[ -n $IDLE ]] && low_priority
require unchanged
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
mkfifo "$JOB/source" "$JOB/stream" "$JOB/digest" "$JOB/plain" "$JOB/packed" || fail JobFailed "no pipe can be made in $JOB"

read_source "$KIND" "$SOURCE" >"$JOB/source" 2>"$JOB/reader.said" &
started reader
if [[ -n $BANDWIDTH ]]; then
  throttle "$BANDWIDTH" <"$JOB/source" >"$JOB/stream" 2>"$JOB/throttle.said" &
  started throttle
  from=stream
else
  from=source
fi
tee -- "$JOB/digest" <"$JOB/$from" >"$JOB/plain" 2>"$JOB/tee.said" &
started tee
sha256 "$JOB/sha256" <"$JOB/digest" 2>"$JOB/sha256.said" &
started sha256
compress "$COMPRESSION" "$LEVEL" <"$JOB/plain" >"$JOB/packed" 2>"$JOB/compressor.said" &
started compressor
dd of="./$FILE" bs=1M iflag=fullblock conv=fsync status=none <"$JOB/packed" 2>"$JOB/writer.said" &
started writer
watch reader "$ALLOCATED" still_valid

collect reader
read_whole=
if ((status[reader] == 0)); then
  if [[ -n $BANDWIDTH ]]; then collect throttle; fi
  require unchanged
  read_whole=1
  progress "$ALLOCATED" "$ALLOCATED" read
fi
collect
unwatch

((status[writer] == 0)) || fail "$(share_fault "$JOB/writer.said")" "$FILE could not be written: $(said "$JOB/writer.said")"
if [[ -z $read_whole ]]; then
  # A source that shrinks or changes makes tar end with 1, an unreadable one with 2.
  ((status[reader] == 1)) && [[ $KIND != block ]] && fail SourceChanged "$SOURCE changed while it was read: $(said "$JOB/reader.said")"
  fail SourceUnreadable "$SOURCE could not be read: $(grep -vE '^Total bytes|^[0-9]+[+]' "$JOB/reader.said" | tail -n 1)"
fi
for name in tee sha256 compressor; do
  ((status[$name] == 0)) || fail JobFailed "$name ended with ${status[$name]}: $(said "$JOB/$name.said")"
done
require cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
bytes=$(within 60 stat -c %s -- "./$FILE") || fail ShareLost "$FILE is not there after it was written"
result file "$FILE"
result compression "$COMPRESSION"
result digest "$(digest_in "$JOB/sha256")"
result streamBytes "$(stream_bytes "$JOB/reader.said")"
result archiveBytes "$bytes"
