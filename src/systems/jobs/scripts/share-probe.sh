# share-probe MOUNTPOINT SOURCE|"" SUBDIRECTORY|"" OPERATION: does to the repository what a backup does, in small.
mount_point=$1 source=$2 subdirectory=$3 probe=.stackhand-probe-$4
umask 077

# attempt COMMAND…: names a failure by what the system said.
attempt() {
  local text code
  text=$(within 30 "$@" 2>&1)
  code=$?
  ((code == 0)) && return
  text="writing to ${source:-$mount_point} failed: ${text##*$'\n'}"
  within 30 rm -rf -- "$probe" "$probe.renamed" 2>/dev/null
  case $text in
    *'No space left'* | *'quota exceeded'*) fail ShareFull "$text" ;;
    *'ermission denied'* | *'not permitted'* | *'Read-only'*) fail ShareNotWritable "$text" ;;
  esac
  ((code == 137)) && fail ShareLost "the share on $mount_point does not answer: $1 was killed after 30 s"
  fail ShareLost "$text"
}

enter_share "$mount_point" "$mount_point" "$source"
if [[ -n $subdirectory ]]; then
  attempt mkdir -p -- "./$subdirectory"
  enter_share "./$subdirectory" "$mount_point" "$source"
fi
attempt rm -rf -- "$probe" "$probe.renamed"
attempt mkdir -- "$probe"
# A full share may say so at fsync or close only.
attempt dd if=/dev/urandom of="$probe/data.partial" bs=64K count=4 iflag=fullblock oflag=nofollow conv=fsync status=none
sum=$(within 30 sha256sum <"$probe/data.partial") || fail ShareLost "the probe file in $mount_point can't be read"
attempt mv -T -- "$probe/data.partial" "$probe/data"
attempt mv -T -- "$probe" "$probe.renamed"
[[ $(within 30 sha256sum <"$probe.renamed/data") == "$sum" ]] ||
  fail ShareLost "the probe file in $mount_point does not read as it was written"
attempt rm -r -- "$probe.renamed"
