# job-stop JOBS OPERATION STEP|"" SECONDS [remove|guard]: ends a job, or all of an operation, and waits until no process of it
# is left. What is stopped never starts again, whoever asks. With `remove` the directories go too, but for the mark.
jobs=$1 operation=$2 step=$3 seconds=$4 remove=${5-}
umask 077
mark=$jobs/$operation${step:+/$step}

# The guard has a VM to start: it finds processes by their environment, whoever started them.
if [[ $remove != guard ]]; then
  for directory in "$jobs/$operation"/${step:-*}/; do need_directory_format job "${directory%/}"; done
fi

mark_stopped() (
  mkdir -p -- "$mark" || fail CommandFailed "$mark can't be made"
  lock "$jobs/.lock" 30
  : >"$mark/stopped"
)
mark_stopped || exit 1

directories=() entries=() runners=()
for directory in "$jobs/$operation"/${step:-*}/; do
  directory=${directory%/}
  [[ -d $directory ]] || continue
  directories+=("$directory")
  entries+=("JOB=$directory")
  is_alive "$directory/pid" && read -r runner _ <"$directory/pid" && runners+=("$runner")
done

is_runner() {
  local runner
  for runner in ${runners[@]+"${runners[@]}"}; do [[ $runner == "$1" ]] && return; done
  return 1
}

# end SECONDS SIGNAL all|payloads: until none of them is left, or these seconds have passed. What is still there 5 seconds
# after SIGKILL in state D counts as ended: it waits in the kernel for a dead server, will run no line any more, and
# goes when the share is unmounted by force, which comes after this.
end() {
  local since=$SECONDS signal=$2 whom=$3 pid left alive first=1 started group condition
  while :; do
    left=() alive=
    while read -r pid; do
      [[ $whom == payloads ]] && is_runner "$pid" && continue
      process_started "$pid" || continue
      left+=("$pid")
      [[ $signal == KILL && $condition == D ]] && ((SECONDS - since >= 5)) || alive=1
    done < <(processes_of "${entries[@]}")
    [[ -z $alive ]] && return 0
    # KILL goes to newcomers too; TERM is a request that is made once.
    [[ $signal == KILL || -n $first ]] && kill "-$signal" "${left[@]}" 2>/dev/null
    first=
    ((SECONDS - since < $1)) || return 1
    pause 0.1
  done
}

runner_left() {
  local pid
  while read -r pid; do is_runner "$pid" && return; done < <(processes_of "${entries[@]}")
  return 1
}

if ((${#entries[@]})); then
  end 5 TERM payloads || end 10 KILL payloads
  # The runner goes last and by itself: it writes how the job ended.
  deadline=$((SECONDS + 10))
  while runner_left && ((SECONDS < deadline)); do pause 0.1; done
  end "$seconds" KILL all ||
    fail CommandTimedOut "processes of the job can't be ended: $(processes_of "${entries[@]}" | tr '\n' ' ')"
  if with_systemd; then
    # What has left its environment behind is still in the unit's control group. Not waited for: a process that has died
    # may wait for a dead file server with nothing left of it but an open file, until the share is unmounted by force.
    for directory in "${directories[@]}"; do
      [[ -e $directory/pid ]] || continue
      timeout -s KILL 20 systemctl kill --signal=KILL "stackhand-$operation-${directory##*/}" 2>/dev/null
    done
  fi
fi

[[ $remove == remove ]] || exit 0
((${#directories[@]} == 0)) || rm -rf -- "${directories[@]}"
# A mark is needed only while a straggling start may come.
for directory in "$jobs"/*/; do
  [[ $(ls -A -- "$directory") == stopped && -n $(find "$directory/stopped" -mtime +7) ]] && rm -rf -- "$directory"
done
exit 0
