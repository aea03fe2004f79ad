# Everything libvirt says about one domain, in one connection, and about the others that are active now.
# Arguments: UUID, and a mark that stands before the name of each part (random, so that no XML can contain it).
uuid=$1 mark=$2

virsh() { command virsh -c qemu:///system "$@"; }

active=$(virsh list --uuid) || exit
batch="echo ${mark}dominfo:; dominfo $uuid; echo ${mark}inactive:; dumpxml --inactive $uuid"
for other in $active; do
  if [ "$other" = "$uuid" ]; then
    batch="$batch; echo ${mark}live:; dumpxml $uuid; echo ${mark}job:; domjobinfo $uuid"
    # virsh reads a batch as one line: what could end a word of it is left out.
    for target in $(virsh domblklist "$uuid" | awk 'NR > 2 { print $1 }'); do
      [[ $target =~ ^[A-Za-z0-9_]+$ ]] || continue
      batch="$batch; echo ${mark}blockjob:$target,; blockjob $uuid $target --raw"
    done
  else
    batch="$batch; echo ${mark}other:; dumpxml $other"
  fi
done
printf '%sboot:%s' "$mark" "$(</proc/sys/kernel/random/boot_id)"
# A domain that went away meanwhile leaves its part empty; the rest still comes.
virsh "$batch"
printf '%send:' "$mark"
