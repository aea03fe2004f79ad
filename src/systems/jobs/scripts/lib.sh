# What every job's payload can rely on, beside checks.sh. Both are put in front of the payload, which then runs as
# `bash job.sh` with $JOB, the job's directory, in its environment, in a process group of its own, stdin empty, output
# kept in $JOB/output. Exit 0 without a fault is success.
umask 077

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
