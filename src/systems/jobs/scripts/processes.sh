# Who runs, told without a fork where a loop asks. A process is its pid and its start time (proc(5), /proc/PID/stat
# field 22) in one boot: a reused pid or a reboot is not mistaken for it.

# process_started PID: sets `started`, its process `group` and its `condition` (a letter, D for a wait in the kernel that
# no signal ends), empty when the process is gone or a zombie.
process_started() {
  local line fields
  started='' group='' condition=''
  IFS= read -r -d '' line 2>/dev/null <"/proc/$1/stat"
  [[ -n ${line-} ]] || return 1
  # shellcheck disable=SC2206 # after the last ")" there are only a letter and numbers
  fields=(${line##*) })
  [[ ${fields[0]-Z} == [ZX] ]] && return 1
  condition=${fields[0]}
  group=${fields[2]}
  started=${fields[19]}
}

# is_alive FILE: does the process recorded in FILE ("PID START BOOT") run?
is_alive() {
  local pid start boot now
  read -r pid start boot 2>/dev/null <"$1" || return 1
  read -r now </proc/sys/kernel/random/boot_id
  [[ $boot == "$now" ]] && process_started "$pid" && [[ $started == "$start" ]]
}

# put FILE TEXT: one short line becomes its content, whole or not at all; where the file system is full, in place, over
# what is there.
put() {
  { printf '%s\n' "$2" >"$1.new" && mv -f -- "$1.new" "$1"; } 2>/dev/null && return
  rm -f -- "$1.new" 2>/dev/null
  [[ -s $1 ]] && printf '%-80s\n' "$2" 2>/dev/null 1<>"$1"
}

# record_process FILE: writes this shell's process there.
record_process() {
  local boot
  read -r boot </proc/sys/kernel/random/boot_id
  process_started $$
  put "$1" "$$ $started $boot"
}

# processes_of ENTRY…: pids of processes that were started with one of these environment entries ("JOB=/run/…").
processes_of() {
  local entry file patterns=()
  for entry in "$@"; do patterns+=(-e "$entry"); done
  timeout --foreground -s KILL 20 grep -lzxF "${patterns[@]}" /proc/[0-9]*/environ 2>/dev/null |
    while IFS=/ read -r _ _ file _; do
      process_started "$file" && printf '%s\n' "$file"
    done
}

# job_state DIRECTORY: sets `state` to absent, running, done, failed or lost (contracts of job.ts).
job_state() {
  local code
  state=absent
  [[ -e $1/pid ]] || return 0
  if [[ ! -e $1/exit ]]; then
    state=running
    is_alive "$1/pid" && return 0
    # It may have written its end between the two looks.
    [[ -e $1/exit ]] || { state=lost && return 0; }
  fi
  state=failed
  read -r code <"$1/exit"
  [[ ${code-} == 0 && ! -e $1/fault ]] && state='done'
  return 0
}

# with_systemd: is systemd the init here, and ours to ask? (systemd-run may be installed without it.)
with_systemd() {
  [[ -d ${STACKHAND_SYSTEMD_ROOT-}/run/systemd/system && $EUID == 0 ]]
}
