# Images with everything below them. Arguments: format, path, format, path, …
# Prints for each, ended by NUL: qemu-img's JSON, exit code, messages.
command -v qemu-img >/dev/null || exit 127
while [ $# -ge 2 ]; do
  # -U: the image may be in use, and only headers are read.
  { messages=$(qemu-img info -U --backing-chain --output=json -f "$1" -- "$2" 2>&1 >&3); code=$?; } 3>&1
  printf '\0%s\0%s\0' "$code" "$messages"
  shift 2
done
