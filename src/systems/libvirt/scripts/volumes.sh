# Storage volumes. Arguments: pool, volume, pool, volume, …
# Prints for each, ended by NUL: the volume's XML, exit code, messages.
while [ $# -ge 2 ]; do
  { messages=$(virsh -c qemu:///system vol-dumpxml --pool="$1" --vol="$2" 2>&1 >&3); code=$?; } 3>&1
  printf '\0%s\0%s\0' "$code" "$messages"
  shift 2
done
