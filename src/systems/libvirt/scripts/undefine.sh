# Undefines a domain that is off, and keeps its files. Argument: UUID. Exit code 77: it is not off.
uuid=$1

virsh() { command virsh -c qemu:///system "$@"; }

# domname looks by UUID only; others would take an unknown UUID for a name.
virsh domname "$uuid" >/dev/null || exit
# libvirt would undefine a running domain too, and it would be gone once it is shut down.
[ "$(virsh domstate "$uuid")" = 'shut off' ] || exit 77
# --keep-tpm came with libvirt 8.9; without it the TPM's state goes with the domain.
if virsh help undefine | grep -q -e --keep-tpm; then
  virsh undefine --domain "$uuid" --keep-nvram --keep-tpm
else
  virsh undefine --domain "$uuid" --keep-nvram
fi
