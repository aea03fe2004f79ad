# Runs one virsh command on a domain. Arguments: UUID, command, its further arguments.
# virsh takes a UUID that no domain has for a name, and another domain of that name would be meant; only domname
# does not.
uuid=$1 command=$2
shift 2
virsh -c qemu:///system domname "$uuid" >/dev/null || exit
exec virsh -c qemu:///system "$command" --domain "$uuid" "$@"
