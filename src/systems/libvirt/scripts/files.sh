# What files are. Arguments: absolute paths. Prints, each ended by NUL:
#   the number N of those that exist; for each its path, mode (hex), size, blocks, bytes per block, inode, device,
#   mtime, ctime, and (hex) major and minor number; for each its path without symbolic links; for each its size in
#   512-byte sectors if it is a block device, else nothing; then for every other one its path and why it can't be had.
# One stat and one realpath for all: processes are what this takes time for.
existing=()
other=()
for path in "$@"; do
  if [ -e "$path" ]; then existing+=("$path"); else other+=("$path"); fi
done

printf '%s\0' "${#existing[@]}"
if [ "${#existing[@]}" -gt 0 ]; then
  stat -L --printf '%n\0%f\0%s\0%b\0%B\0%i\0%d\0%Y\0%Z\0%t\0%T\0' -- "${existing[@]}" || exit
  realpath -e -z -- "${existing[@]}" || exit
  for path in "${existing[@]}"; do
    sectors=
    if [ -b "$path" ]; then
      number=$(stat -L -c '0x%t 0x%T' -- "$path") || exit
      read -r sectors <"/sys/dev/block/$((${number% *})):$((${number#* }))/size" || exit
    fi
    printf '%s\0' "$sectors"
  done
fi
for path in ${other[@]+"${other[@]}"}; do
  printf '%s\0%s\0' "$path" "$(stat -L -- "$path" 2>&1 >/dev/null)"
done
