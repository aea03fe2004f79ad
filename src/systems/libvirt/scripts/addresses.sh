# What tells a domain's addresses. Arguments: UUID, then its MAC addresses (lower case).
# Prints one address a line, with what else stands on the line; other lines too.
uuid=$1
shift

for source in lease arp; do
  virsh -c qemu:///system domifaddr --domain "$uuid" --source "$source" 2>/dev/null
done
# A guest agent that hangs is waited for by libvirt.
timeout -s KILL 10 virsh -c qemu:///system domifaddr --domain "$uuid" --source agent 2>/dev/null
neighbours=$(ip neigh show 2>/dev/null)
for mac in "$@"; do
  grep -iF "lladdr $mac" <<<"$neighbours"
done
exit 0
