# What every job's payload can rely on. It is put in front of the payload, which then runs as `bash job.sh` in the
# job's directory $JOB with its environment, in a process group of its own, stdin empty, output kept in $JOB/output.
# Exit 0 without a fault is success. Needs bash 4.2, coreutils, util-linux.
set -u
set -o pipefail
export LC_ALL=C
umask 077

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

# fault TYPE MESSAGE: names why the job fails, a type of contracts/faults.ts. The first one is the cause and stays.
fault() {
  (
    set -o noclobber
    printf '%s\n%s\n' "$1" "$2" >"$JOB/fault"
  ) 2>/dev/null
  return 0
}

# fail TYPE MESSAGE: the same, and ends this shell.
fail() {
  fault "$1" "$2"
  printf '%s: %s\n' "$1" "$2" >&2
  exit 1
}

# result KEY VALUE: one line each; the last value of a key counts.
result() {
  printf '%s %s\n' "$1" "${2//$'\n'/ }" >>"$JOB/result"
}

# progress DONE TOTAL [read]: bytes. `read` says that the source has been read whole, and stays said.
# One write of one short line: a reader sees the line or an empty file, which it ignores.
progress() {
  [[ ${3-} == read ]] && : >"$JOB/read"
  printf '%s %s\n' "$1" "$2" >"$JOB/progress"
}

# Checks return 0 (holds), 1 (lost) or 2 (can't be told now), and then say why in lost_type and lost_why.
lost_type=
lost_why=

# domain_is_off UUID: only "shut off" is off.
domain_is_off() {
  local state
  if ! state=$(within 30 virsh -c qemu:///system domstate -- "$1" 2>&1); then
    lost_type=PreconditionLost
    lost_why="libvirt does not say whether the VM is off: ${state:0:300}"
    return 2
  fi
  read -r state <<<"$state"
  [[ $state == 'shut off' ]] && return 0
  lost_type=PreconditionLost
  lost_why="the VM is not shut off but $state"
  return 1
}

# share_is_mounted MOUNTPOINT SOURCE: SOURCE is what mount(8) was given; empty for a local directory.
share_is_mounted() {
  local mount_point=$1 source=$2 found code
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
    lost_why="nothing is mounted on $mount_point any more"
    return 1
  fi
  mounted_from "$mount_point" "$source" "$found" && return 0
  lost_why="$found is mounted on $mount_point instead of $source"
  return 1
}

# cwd_is_on_share MOUNTPOINT SOURCE: the share is mounted, and the working directory is on it: what is written below
# "." then lands on the share, whatever happens to the path.
cwd_is_on_share() {
  local here there
  share_is_mounted "$1" "$2" || return
  if ! here=$(within 20 stat -c %d .) || ! there=$(within 20 stat -c %d -- "$1"); then
    lost_why="the file server behind $1 does not answer"
    return 2
  fi
  [[ $here == "$there" ]] && return 0
  lost_why="the working directory is not on what is mounted on $1"
  return 1
}

# enter_share DIRECTORY MOUNTPOINT SOURCE: goes there and makes sure that it is on the share, or fails.
enter_share() {
  cd -- "$1" || fail ShareLost "the directory $1 is not there"
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

# A pipeline is background processes, each registered under a name:
#   tar … >"$JOB/stream" & started tar
#   zstd … <"$JOB/stream" & started zstd
#   watch tar "$total" checks
#   collect tar; progress "$total" "$total" read
#   collect zstd; unwatch; ((status[tar] == 0 && status[zstd] == 0)) || …
declare -A pid_of=() status=()
names=()
watcher=

# started NAME: the process just put in the background.
started() {
  pid_of[$1]=$!
  names+=("$1")
}

# collect [NAME…]: waits for these (all, without names) and keeps their exit statuses in status[NAME].
collect() {
  local name
  (($#)) || set -- ${names[@]+"${names[@]}"}
  for name in "$@"; do
    [[ -n ${status[$name]-} ]] && continue
    wait "${pid_of[$name]}"
    status[$name]=$?
  done
}

# bytes_read PID: what it has read, by the kernel's count; no process, no fork. Empty when it is gone.
bytes_read() {
  local key value
  counted=
  while read -r key value; do
    [[ $key == rchar: ]] && counted=$value && break
  done 2>/dev/null <"/proc/$1/io"
}

# watch NAME TOTAL [CHECK ARGS…]: in the background, writes progress from the bytes that NAME reads, twice a second, and
# runs the check every 10 seconds. When the check is lost (or can't be told for 2 minutes), its reason becomes the
# job's fault and the whole payload is killed. Call it after all of the pipeline was started.
watch() {
  _watch "$@" &
  watcher=$!
}

_watch() {
  local pid=${pid_of[$1]} total=$2 counted last='' code
  local next_check=$((SECONDS + 10)) unsure_since=
  shift 2
  while :; do
    pause 0.5
    bytes_read "$pid" 2>/dev/null
    if [[ -n $counted && $counted != "$last" && ! -e $JOB/read ]]; then
      last=$counted
      progress "$((counted < total ? counted : total))" "$total"
    fi
    (($# && SECONDS >= next_check)) || continue
    next_check=$((SECONDS + 10))
    "$@"
    code=$?
    ((code == 0)) && unsure_since= && continue
    if ((code == 2)); then
      : "${unsure_since:=$SECONDS}"
      ((SECONDS - unsure_since < 120)) && continue
    fi
    fault "$lost_type" "$lost_why"
    kill -KILL 0
  done
}

# unwatch: ends the watcher; the checks at the end are the payload's own.
unwatch() {
  [[ -n $watcher ]] || return 0
  kill -KILL "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  watcher=
}

