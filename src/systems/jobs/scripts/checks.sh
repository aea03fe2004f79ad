# Functions that look at a host without ever hanging: what touches a mount or libvirt ends by SIGKILL at its deadline.
# Who uses them defines `fail TYPE MESSAGE` (job.sh's library, or call.sh). Needs bash 4.2, coreutils, util-linux.
set -u
set -o pipefail
export LC_ALL=C

# within SECONDS COMMAND…: the command, killed at its deadline. In the foreground, since timeout would else leave the
# job's process group and outlive it.
within() {
  local seconds=$1
  shift
  timeout --foreground -s KILL "$seconds" "$@"
}

# pause SECONDS: a sleep without a process: nothing ever arrives on this pipe, which the shell holds open itself.
exec {never}<> <(:)
pause() {
  read -r -t "$1" -u "$never" _
  return 0
}

# Checks return 0 (holds), 1 (lost) or 2 (can't be told now), and then say why in lost_type and lost_why.
lost_type=
lost_why=

# domain_state UUID: sets `domain_state` to what virsh domstate says; fails when virsh does, with its words in it instead.
domain_state() {
  local line code
  line=$(within 30 virsh -c qemu:///system domstate -- "$1" 2>&1)
  code=$?
  # Warnings come before the answer.
  line=${line%"${line##*[![:space:]]}"}
  domain_state=${line##*$'\n'}
  return "$code"
}

# domain_is_off UUID: only "shut off" is off.
domain_is_off() {
  local domain_state
  lost_type=PreconditionLost
  if ! domain_state "$1"; then
    lost_why="libvirt does not say whether the VM is off: ${domain_state:-virsh was killed at its deadline}"
    return 2
  fi
  [[ $domain_state == 'shut off' ]] && return 0
  lost_why="the VM is not shut off but $domain_state"
  return 1
}

# off_since BOOT_ID UUID: the VM is off, on the boot of the host on which it was shut down. Either may be empty.
off_since() {
  local boot
  lost_type=PreconditionLost
  read -r boot </proc/sys/kernel/random/boot_id
  if [[ -n $1 && $boot != "$1" ]]; then
    lost_why='the host was rebooted since the VM was shut down'
    return 1
  fi
  [[ -z $2 ]] || domain_is_off "$2"
}

# share_is_mounted MOUNTPOINT SOURCE: SOURCE is what mount(8) was given; empty for a local directory. Sets `found` to the
# source of what is mounted there, empty when nothing is.
share_is_mounted() {
  local mount_point=$1 source=$2 code
  found=
  lost_type=ShareLost
  if [[ -z $source ]]; then
    [[ -d $mount_point ]] && return 0
    lost_why="the directory $mount_point is not there"
    return 1
  fi
  found=$(within 20 findmnt -rn -o SOURCE --mountpoint "$mount_point")
  code=$?
  if ((code > 1)); then
    lost_why="findmnt does not say what is mounted on $mount_point"
    return 2
  fi
  if [[ -z $found ]]; then
    lost_why="nothing is mounted on $mount_point"
    return 1
  fi
  # Several lines are mounts on top of one another; the last is the one that is seen. Blanks come as \xNN.
  printf -v found '%b' "${found##*$'\n'}"
  mounted_from "$mount_point" "$source" "$found" && return 0
  lost_why="$found is mounted on $mount_point instead of $source"
  return 1
}

# cwd_is_on_share MOUNTPOINT SOURCE: the share is mounted, and the working directory is on it: what is written below
# "." then lands on the share, whatever happens to the path. The mount is told by its id, since a bind mount has the
# device of its source; a file server's own mounts below its export have other ids, but never the device of the
# directory that lies under the mount point.
cwd_is_on_share() {
  local code
  share_is_mounted "$1" "$2" || return
  [[ -n $2 ]] || return 0
  # shellcheck disable=SC2016
  within 20 "$BASH" -c '
    mount_id() { while read -r key id; do [[ $key == mnt_id: ]] && break; done <"/proc/$$/fdinfo/$1"; }
    exec 3<. 4<"$1" || exit 2
    mount_id 3 && here=$id && mount_id 4 || exit 2
    [[ $here == "$id" ]] && exit 0
    here=$(stat -c %d .) && there=$(stat -c %d -- "$1/..") || exit 2
    [[ $here != "$there" ]]' stackhand "$1" 2>/dev/null
  code=$?
  ((code == 0)) && return 0
  if ((code == 1)); then
    lost_why="the working directory is not on what is mounted on $1"
    return 1
  fi
  lost_why="the file server behind $1 does not answer"
  return 2
}

# enter_share DIRECTORY MOUNTPOINT SOURCE: goes there and makes sure that it is on the share, or fails.
enter_share() {
  # A shell that enters a directory of a dead server hangs: first a process that can be killed.
  within 20 stat -- "$1" >/dev/null 2>&1
  (($? == 137)) && fail ShareLost "the file server behind $2 does not answer"
  cd -- "$1" 2>/dev/null || fail ShareLost "the directory $1 can't be entered"
  require cwd_is_on_share "$2" "$3"
}

# require CHECK ARGS…: fails with the check's reason unless it holds. What can't be told is asked again for a minute.
require() {
  local deadline=$((SECONDS + 60)) code
  while :; do
    "$@"
    code=$?
    ((code == 0)) && return 0
    ((code == 2 && SECONDS < deadline)) || fail "$lost_type" "$lost_why"
    pause 3
  done
}

# mounted_from MOUNTPOINT SOURCE FOUND: is FOUND, findmnt's SOURCE of the mount point, what mount(8) makes of SOURCE?
# Network sources come back as given, but for a slash at the end. A bind mount comes back as device[/path], so there the
# two directories are compared; a device may come back under another of its names.
mounted_from() {
  local mount_point=$1 source=$2 found=$3
  [[ ${found%/} == "${source%/}" ]] && return 0
  # Only absolute paths: a look at SERVER:/PATH would be a look below the working directory, which may hang.
  if [[ $source == /* && -d $source ]]; then
    [[ $(within 20 stat -c %d:%i -- "$source") == "$(within 20 stat -c %d:%i -- "$mount_point")" ]]
    return
  fi
  [[ $source == /dev/* || $source == [A-Z]*=* ]] &&
    [[ -n $(within 20 findmnt -rn -o SOURCE --mountpoint "$mount_point" --source "$source") ]]
}
