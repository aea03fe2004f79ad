# qemu-img check of an image that nobody uses; reads its metadata only. It locks the image, so the VM can't start until it
# has ended. Env: IMAGE FORMAT BOOT_ID UUID
require off_since "$BOOT_ID" "$UUID"
qemu-img check -f "$FORMAT" -- "$IMAGE" 2>&1 | tail -c 4096 >"$JOB/check.said"
code=${PIPESTATUS[0]}
said=$(<"$JOB/check.said")
printf '%s\n' "$said"
said=${said//qemu-img: /}
# The codes are those of qemu-img(1); 3 is leaked clusters, which only waste space.
case $code in
  0 | 3 | 63) exit 0 ;;
  2) fail ImageDamaged "$IMAGE is corrupt, says qemu-img check" ;;
  127) fail ToolMissing "there is no qemu-img, so $IMAGE can't be checked" ;;
esac
((code > 128)) && fail JobFailed "qemu-img check of $IMAGE was killed by signal $((code - 128))"
# The lock may be the VM's own.
require off_since "$BOOT_ID" "$UUID"
case $said in
  *'Failed to get '*lock* | *'Permission denied'* | *'Input/output error'*) lost_type=SourceUnreadable ;;
  *) lost_type=ImageDamaged ;;
esac
fail "$lost_type" "$IMAGE can't be checked: $said"
