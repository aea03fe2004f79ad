# All domains: for each its dominfo and its inactive XML, some hundred per connection.
# Argument: a mark that stands before the name of each part.
mark=$1

virsh() { command virsh -c qemu:///system "$@"; }

all=$(virsh list --all --uuid) || exit
batch=
count=0
for uuid in $all; do
  batch="$batch; echo ${mark}dominfo:; dominfo $uuid; echo ${mark}inactive:; dumpxml --inactive $uuid"
  count=$((count + 1))
  if [ $((count % 300)) = 0 ]; then
    virsh "${batch#; }"
    batch=
  fi
done
[ -z "$batch" ] || virsh "${batch#; }"
printf '%send:' "$mark"
