# job-start JOBS OPERATION STEP SIZE RUNNER KEY=VALUE… <PAYLOAD
# Prints started, attached or stopped. Safe to run any number of times at once: the runner itself claims the job.
jobs=$1 operation=$2 step=$3 size=$4 runner=$5
shift 5
umask 077
directory=$jobs/$operation/$step

# The whole payload before anything else: a connection that breaks half way must not start half a script.
payload=$(cat; printf .)
payload=${payload%.}
((${#payload} == size)) || fail CommandFailed "only ${#payload} of $size bytes of the job's script arrived"

is_stopped() {
  [[ -e $directory/stopped || -e $jobs/$operation/stopped ]]
}

is_stopped && echo stopped && exit
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"
# Starters go one by one, and stay in line until the job runs. Closed for the job, which would hold it on.
exec 8>>"$directory/start.lock"
flock -w 90 8 || fail CommandTimedOut "another start of this job has not ended"

prepare() (
  lock "$jobs/.lock" 30
  is_stopped && echo stopped && return
  need_directory_format job "$directory"
  [[ -e $directory/pid ]] && echo attached && return
  # Without a pid nobody has claimed it: what a killed start left is written again.
  stamp_directory job "$directory"
  printf '%s\n' "$runner" | replace "$directory/run.sh"
  printf '%s' "$payload" | replace "$directory/job.sh"
  { (($# == 0)) || printf '%s\0' "$@"; } | replace "$directory/env"
  echo go
)
found=$(prepare "$@") || exit 1
if [[ $found != go ]]; then
  echo "$found"
  exit
fi

# JOB stands in the environment from the start, so that a stop finds every process of the job by it.
if with_systemd; then
  timeout -s KILL 30 systemd-run --unit="stackhand-$operation-$step" --collect --quiet \
    --description="stackhand job $step of operation $operation" --property=TimeoutStopSec=10 \
    --setenv=JOB="$directory" "$BASH" "$directory/run.sh" "$jobs" >"$directory/start.out" 2>&1 </dev/null 8>&-
else
  JOB=$directory setsid -f "$BASH" "$directory/run.sh" "$jobs" >"$directory/start.out" 2>&1 </dev/null 8>&-
fi

deadline=$((SECONDS + 60))
until [[ -e $directory/pid ]]; do
  is_stopped && echo stopped && exit
  ((SECONDS < deadline)) || fail CommandFailed "the job's process did not come up: $(tail -c 500 "$directory/start.out")"
  pause 0.05
done
echo started
