# job-list JOBS: "OPERATION STEP STATE" for every job whose directory is there.
for directory in "$1"/*/*/; do
  directory=${directory%/}
  [[ -d $directory ]] || continue
  need_directory_format job "$directory"
  job_state "$directory"
  operation=${directory%/*}
  [[ $state == absent && (-e $directory/stopped || -e $operation/stopped) ]] && continue
  printf '%s %s %s\n' "${operation##*/}" "${directory##*/}" "$state"
done
