# Unpacks an archive beside its destination, holds it against its digest, and only then gives it its name, which must
# not be taken: nothing is ever overwritten. A block device is named by a person, and written whole, zeros too.
# Env: as verify.sh, and DESTINATION MARK
half=
trap '[[ -z $half ]] || rm -rf -- "$half"' EXIT

if [[ $KIND == block ]]; then
  [[ -b $DESTINATION ]] || fail RestoreRefused "$DESTINATION is no block device"
  room=$(blockdev --getsize64 "$DESTINATION") || fail RestoreRefused "the size of $DESTINATION can't be read"
  ((room >= SIZE)) || fail RestoreRefused "$DESTINATION has $room bytes, and the disk needs $SIZE"
  in_use=$(lsblk -nro MOUNTPOINT,TYPE "$DESTINATION" 2>/dev/null | grep -E '^/|crypt|lvm|raid' | head -n 1)
  [[ -z $in_use ]] || fail RestoreRefused "$DESTINATION is in use: $in_use"
else
  if [[ -e $DESTINATION || -L $DESTINATION ]]; then fail RestoreRefused "$DESTINATION is there already"; fi
  parent=${DESTINATION%/*}
  [[ -d ${parent:-/} ]] || fail RestoreRefused "the directory ${parent:-/} is not there"
  half=$DESTINATION.stackhand-$MARK.partial
  # What an earlier try of this operation left.
  rm -rf -- "$half"
  mkdir -- "$half" || fail RestoreRefused "${parent:-/} can't be written to"
fi
enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
total=$(within 60 stat -c %s -- "./$FILE") || fail ArchiveCorrupt "$FILE is not there"
mkfifo "$JOB/stream" "$JOB/digest" "$JOB/plain" || fail JobFailed "no pipe can be made in $JOB"

decompress "$COMPRESSION" "./$FILE" >"$JOB/stream" 2>"$JOB/reader.said" &
started reader
tee -- "$JOB/digest" <"$JOB/stream" >"$JOB/plain" 2>/dev/null &
started tee
sha256 "$JOB/sha256" <"$JOB/digest" &
started sha256
if [[ $KIND == block ]]; then
  dd of="$DESTINATION" bs=4M iflag=fullblock conv=fsync,notrunc status=none <"$JOB/plain" 2>"$JOB/writer.said" &
else
  {
    tar --numeric-owner -xpS -C "$half" -f -
    code=$?
    cat >/dev/null
    exit "$code"
  } <"$JOB/plain" 2>"$JOB/writer.said" &
fi
started writer
watch reader "$total" cwd_is_on_share "$MOUNT_POINT" "$MOUNT_SOURCE"
collect
unwatch

if ((status[writer] != 0)); then
  grep -qE 'No space left|quota' "$JOB/writer.said" && fail DestinationFull "no room for $DESTINATION: $(said "$JOB/writer.said")"
  ((status[reader] == 0)) && fail JobFailed "$DESTINATION could not be written: $(said "$JOB/writer.said")"
fi
((status[reader] == 0)) || fail ArchiveCorrupt "$FILE can't be unpacked: $(said "$JOB/reader.said")"
found=$(digest_in "$JOB/sha256")
[[ $found == "$DIGEST" ]] || fail ArchiveCorrupt "$FILE holds other data than was backed up: sha256 $found instead of $DIGEST"
[[ $KIND == block ]] && exit 0

unpacked=$half/$NAME
if [[ $KIND == file ]]; then
  [[ -f $unpacked && ! -L $unpacked ]] || fail ArchiveCorrupt "$FILE holds no file $NAME"
  size=$(stat -c %s -- "$unpacked")
  ((size == SIZE)) || fail ArchiveCorrupt "$FILE holds $size bytes instead of $SIZE"
  sync -- "$unpacked" || fail DestinationFull "$DESTINATION could not be brought to the disk"
  ln -T -- "$unpacked" "$DESTINATION" || fail RestoreRefused "$DESTINATION is there already"
else
  [[ -d $unpacked && ! -L $unpacked ]] || fail ArchiveCorrupt "$FILE holds no directory $NAME"
  sync -f -- "$unpacked"
  mv -nT -- "$unpacked" "$DESTINATION"
  [[ ! -e $unpacked ]] || fail RestoreRefused "$DESTINATION is there already"
fi
command -v restorecon >/dev/null && restorecon -R -- "$DESTINATION" 2>/dev/null
sync -- "${parent:-/}"
