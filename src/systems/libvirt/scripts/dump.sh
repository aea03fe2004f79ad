# What libvirt keeps of a domain, secrets included. Argument: UUID.
# Prints, each ended by NUL: the domain's XML; for each snapshot "snapshot", its name, its XML; for each checkpoint
# "checkpoint", its name, its XML.
uuid=$1

virsh() { command virsh -c qemu:///system "$@"; }

each() { # KIND NAMES: names are one a line
  local name xml
  while IFS= read -r name; do
    [ -n "$name" ] || continue
    xml=$(virsh "$1-dumpxml" --domain "$uuid" "--${1}name=$name" --security-info) || return
    printf '%s\0%s\0%s\0' "$1" "$name" "$xml"
  done <<<"$2"
}

xml=$(virsh dumpxml --inactive --security-info "$uuid") || exit
printf '%s\0' "$xml"
snapshots=$(virsh snapshot-list "$uuid" --name) || exit
each snapshot "$snapshots" || exit
# libvirt below 5.6 has no checkpoints, and its virsh no such command.
if virsh help checkpoint-list >/dev/null 2>&1; then
  checkpoints=$(virsh checkpoint-list "$uuid" --name) || exit
  each checkpoint "$checkpoints" || exit
fi
