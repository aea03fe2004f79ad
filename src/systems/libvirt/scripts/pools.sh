# The active storage pools. Arguments: a path, and a mark that stands before each part.
# Prints the path's directory without symbolic links, then the XML of each pool.
printf '%s' "$(realpath -m -- "$(dirname -- "$1")")"
mark=$2

virsh() { command virsh -c qemu:///system "$@"; }

pools=$(virsh pool-list --uuid) || exit
batch=
for pool in $pools; do
  batch="$batch; echo ${mark}pool:; pool-dumpxml $pool"
done
[ -z "$batch" ] || virsh "${batch#; }"
printf '%send:' "$mark"
