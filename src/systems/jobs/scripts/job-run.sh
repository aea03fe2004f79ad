# job-run JOBS: the job's first process, with $JOB in its environment. Claims the job, runs job.sh in a process group of
# its own, and writes $JOB/exit when nothing of that group is left.
set -u
export LC_ALL=C
umask 077
cd / || exit 1

# Claimed once, by one runner, and never after a stop: whoever stops a job marks it under the same lock.
claim() (
  exec 9>>"$1/.lock" && flock 9 || exit 1
  [[ -d $JOB && ! -e $JOB/pid && ! -e $JOB/stopped && ! -e ${JOB%/*}/stopped ]] && record_process "$JOB/pid"
)
claim "$1" || exit 0

code=1
payload=
asked=
finish() {
  local deadline=$((SECONDS + 5)) left pid started group condition
  trap '' TERM
  [[ -z $payload ]] || kill -KILL -- "-$payload" 2>/dev/null
  # By the environment too, for what has left that group. A writer to a dead server needs a moment to die even of
  # SIGKILL, and zombies that init has not fetched yet don't count.
  while :; do
    left=
    while read -r pid; do
      # This shell's own group is itself and what it asks with.
      process_started "$pid" && [[ $group != $$ ]] || continue
      left=1
      kill -KILL "$pid" 2>/dev/null
    done < <(processes_of "JOB=$JOB")
    [[ -n $left ]] && ((SECONDS < deadline)) || break
    sleep 0.1
  done
  printf '%s\n' "$code" >"$JOB/exit.new" && mv -f -- "$JOB/exit.new" "$JOB/exit"
}
trap finish EXIT
trap 'asked=1; [[ -n $payload ]] && kill -TERM -- "-$payload" 2>/dev/null' TERM

while IFS= read -r -d '' entry; do export "${entry?}"; done <"$JOB/env"

set -m
"$BASH" "$JOB/job.sh" >"$JOB/output" 2>&1 </dev/null &
payload=$!
set +m
# A signal interrupts wait: only an end without one is the payload's.
while :; do
  asked=
  wait "$payload"
  code=$?
  [[ -n $asked ]] || break
done
exit
