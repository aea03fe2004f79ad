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
  local deadline=$((SECONDS + 10))
  trap '' TERM
  if [[ -n $payload ]]; then
    kill -KILL -- "-$payload" 2>/dev/null
    # A writer to a dead server needs a moment to die even of SIGKILL.
    while kill -0 -- "-$payload" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.1; done
  fi
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
