#!/usr/bin/env bash
# systemd.sh DIRECTORY CHECKOUT SERVER: boots this machine's own files under a systemd, as a container in the same
# network, and runs DIRECTORY/check.sh there. What it writes is gone with it, but for /out, which is DIRECTORY/out.
# DIRECTORY/stackhand and DIRECTORY/temporal are its /etc/stackhand and /etc/temporal.
set -euo pipefail
directory=$1 checkout=$2 server=$3
if [ -z "${ALONE:-}" ]; then
  # Mounts of its own, which end with it however it ends.
  ALONE=1 exec unshare --mount bash "$0" "$@"
fi
cd "$directory"
mkdir memory root
mount -t tmpfs tmpfs memory
mkdir memory/upper memory/work
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/memory/upper,workdir=$directory/memory/work" root
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p root/opt/stackhand root/etc/stackhand root/etc/temporal root/usr/local/lib/temporal root/out
cp "$checkout"/deploy/systemd/*.service root/etc/systemd/system/
cp check.sh root/
cat > root/etc/systemd/system/check.service <<'END'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/bash /check.sh
END
touch root/usr/local/lib/temporal/server
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# Its default target would start what this machine has installed: only the check and what that starts.
exec systemd-nspawn --quiet --register=no --keep-unit --directory="$directory/root" \
  --bind-ro="$checkout:/opt/stackhand" --bind-ro="$directory/stackhand:/etc/stackhand" \
  --bind-ro="$directory/temporal:/etc/temporal" --bind-ro="$server:/usr/local/lib/temporal/server" \
  --bind="$directory/out:/out" --boot systemd.unit=check.service
