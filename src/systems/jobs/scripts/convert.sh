# qemu-img convert of an image into a file of its own, while the source stays as it was looked at. Progress is what was
# read of the source. Env: SOURCE FROM PIN SIZE DESTINATION TO
unchanged() {
  local found
  found=$(stat -L -c '%s/%.9Y/%i/%d' -- "$SOURCE" 2>&1)
  [[ ${found/./} == "$PIN" ]] || fail ImageFileChanged "$SOURCE changed under the conversion: $found"
}

unchanged
[[ -d ${DESTINATION%/*}/ ]] || fail ScratchUnusable "there is no directory ${DESTINATION%/*}"
rm -f -- "$DESTINATION" || fail ScratchUnusable "$DESTINATION can't be written"
qemu-img convert -f "$FROM" -O "$TO" -- "$SOURCE" "$DESTINATION" >"$JOB/convert.said" 2>&1 &
started convert
watch convert "$SIZE"
collect convert
unwatch
code=${status[convert]}
said=$(tail -c 2048 -- "$JOB/convert.said")
printf '%s\n' "$said"
said=${said//qemu-img: /}
if ((code != 0)); then
  rm -f -- "$DESTINATION"
  ((code == 127)) && fail ToolMissing "there is no qemu-img, so $SOURCE can't be converted"
  ((code > 128)) && fail JobFailed "qemu-img convert was killed by signal $((code - 128))"
  case $said in
    *'Permission denied'* | *'Read-only file system'*) fail ScratchUnusable "$said" ;;
    *'No space left'* | *'Disk quota exceeded'*) fail ScratchUnusable "no room for $DESTINATION: $said" ;;
  esac
  fail JobFailed "$SOURCE can't be converted to $TO: $said"
fi
unchanged
