# What a host tells of itself, as lines "KIND rest". Arguments: mount points whose space is wanted; none means every
# file system on a disk of its own. A share whose server is gone hangs whoever asks: each has a deadline.
set -u
now=$(date +%s.%N) && echo "clock $now"
echo "cpus $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)"
echo "load $(cat /proc/loadavg)"
while read -r key value _; do
  case $key in MemTotal: | MemAvailable:) echo "memory $key $value" ;; esac
done </proc/meminfo
# What it says of failures is looked at, and has to be in English.
space() { LC_ALL=C timeout -s KILL 10 df -k --output=size,used,avail,itotal,iused,target "$@"; }
if [ $# -eq 0 ]; then
  # Those that keep nothing on a disk; some of them only root may look at, which would be a failure for everybody else.
  found=$(space -l -x tmpfs -x devtmpfs -x squashfs -x overlay -x iso9660 -x efivarfs -x nsfs -x tracefs -x debugfs \
    -x fuse.portal -x fuse.gvfsd-fuse 2>&1)
  code=$?
  # With code 1 it tells of the others where one can't be read. In a container of nothing but overlays it finds none.
  if [ $code -gt 1 ] || { [ $code -eq 1 ] && [ "$found" != "df: no file systems processed" ]; }; then
    echo "spacehidden"
  fi
  if [ $code -le 1 ]; then printf '%s\n' "$found" | sed '/^df: /d' | sed -n '2,$s/^/space /p'; fi
else
  for mount in "$@"; do
    name=${mount%"${mount##*[!/]}"}
    : "${name:=/}"
    # The slash has a share mounted that waits for its first use; one that still waits has no space to tell of.
    found=$(space -x autofs -- "$name/" 2>/dev/null | sed -n '2p')
    target=$(printf '%s\n' "$found" | sed -n 's/^\( *[0-9-]\{1,\}\)\{5\} //p')
    # Of a directory that nothing is mounted at, df tells of what it lies on. The mount point may be behind a link.
    if [ -n "$target" ] &&
      { [ "$target" = "$name" ] || [ "$target" = "$(timeout -s KILL 5 readlink -f -- "$name" 2>/dev/null)" ]; }; then
      printf 'space %s%s\n' "${found%"$target"}" "$name"
    else
      printf 'spaceless %s\n' "$name"
    fi
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
  case $? in
    0) ;;
    1) echo "reboot packages of the core system were updated" ;;
    *) echo "rebootless" ;;
  esac
fi
exit 0
