#!/bin/bash
# A stand-in for qemu-img: `info` prints what stands for the path below $WORLD, `check` ends with the exit code there.
command=$1 path=${!#}
while IFS=$'\t' read -r at known; do
  [[ $known == "$path" ]] || continue
  case "$command $*" in
    'info info -U --backing-chain --output=json -f '*) cat "$WORLD/image-$at" && exit ;;
    check*) echo '1 errors were found on the image.' && exit "$(<"$WORLD/image-$at")" ;;
  esac
done <"$WORLD/images"
echo "qemu-img: Could not open '$path': No such file or directory" >&2
exit 1
