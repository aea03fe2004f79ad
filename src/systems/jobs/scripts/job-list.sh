# job-list JOBS: "OPERATION STEP STATE" for every job whose directory is there.
for directory in "$1"/*/*/; do
  directory=${directory%/}
  [[ -d $directory ]] || continue
  job_state "$directory"
  [[ $state == absent && -e $directory/stopped ]] && continue
  operation=${directory%/*}
  printf '%s %s %s\n' "${operation##*/}" "${directory##*/}" "$state"
done
