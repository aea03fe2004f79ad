# job-follow DIRECTORY UNTIL SECONDS: a line for each change of progress, "alive" at least every 10 seconds, and how it
# ended; "again" after SECONDS. Asks nothing but files and /proc, and starts no process before the end.
directory=$1 until=$2
deadline=$((SECONDS + $3)) spoke=$SECONDS last=

say() {
  printf '%s\n' "$1" || exit 1
  spoke=$SECONDS
}

say_progress() {
  local line flag=
  [[ -e $directory/read ]] && flag=' read'
  # An empty file is a write under way.
  IFS= read -r line 2>/dev/null <"$directory/progress" || return 0
  [[ $line$flag == "$last" ]] || say "progress $line$flag"
  last=$line$flag
}

say_end() {
  local line code
  case $state in
    done)
      [[ -e $directory/result ]] && while IFS= read -r line; do say "result $line"; done <"$directory/result"
      ;;
    failed)
      read -r code <"$directory/exit"
      [[ -e $directory/fault ]] && {
        IFS= read -r line
        say "fault $line"
        while IFS= read -r line; do say "message $line"; done
      } <"$directory/fault"
      say "code $code"
      tail -c 4096 "$directory/output" | tr -cd '[:print:]\n' | sed 's/^/output /'
      ;;
  esac
  [[ -e $directory/stopped || -e ${directory%/*}/stopped ]] && say stopped
  say "$state"
}

need_directory_format job "$directory"
say alive
while :; do
  job_state "$directory"
  say_progress
  if [[ $state != running ]]; then
    say_end
    exit 0
  fi
  [[ $until == read && -e $directory/read ]] && say read && exit 0
  ((SECONDS >= deadline)) && say again && exit 0
  ((SECONDS - spoke >= 10)) && say alive
  pause 0.2
done
