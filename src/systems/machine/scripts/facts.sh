# What a host tells of itself, as lines "KIND rest". Arguments: mount points whose space is wanted; none means every
# file system on a disk of its own. A share whose server is gone hangs whoever asks: each has a deadline.
set -u
now=$(date +%s.%N) && echo "clock $now"
echo "cpus $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)"
echo "load $(cat /proc/loadavg)"
while read -r key value _; do
  case $key in MemTotal: | MemAvailable:) echo "memory $key $value" ;; esac
done </proc/meminfo
space() { timeout -s KILL 10 df -k --output=size,used,avail,itotal,iused,target "$@" 2>/dev/null; }
if [ $# -eq 0 ]; then
  found=$(space -l -x tmpfs -x devtmpfs -x squashfs -x overlay -x iso9660 -x efivarfs)
  # In a container of nothing but overlays df finds none, and says so with code 1.
  if [ $? -gt 1 ]; then echo "spacehidden"; else printf '%s\n' "$found" | sed -n '2,$s/^/space /p'; fi
else
  for mount in "$@"; do
    found=$(space -- "$mount" | sed -n '2s/^/space /p')
    if [ -n "$found" ]; then printf '%s\n' "$found"; else printf 'spaceless %s\n' "$mount"; fi
  done
fi
if [ -d /run/systemd/system ]; then
  echo "systemd yes"
  if failed=$(timeout -s KILL 20 systemctl list-units --state=failed --all --no-legend --plain --no-pager 2>/dev/null); then
    printf '%s\n' "$failed" | while read -r unit load active sub text; do [ -z "$unit" ] || echo "failed $unit $text"; done
  else
    echo "systemdless"
  fi
fi
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then
  echo "reboot $(sort -u /run/reboot-required.pkgs 2>/dev/null | head -5 | tr '\n' ' ')"
elif command -v needs-restarting >/dev/null 2>&1; then
  timeout -s KILL 30 needs-restarting -r >/dev/null 2>&1
  [ $? -eq 1 ] && echo "reboot packages of the core system were updated"
fi
exit 0
