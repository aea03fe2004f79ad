# janitor.sh PID DIRECTORY: once process PID is gone or DIRECTORY/done is there, ends the processes named by the files
# of DIRECTORY/processes (a pid each) and removes DIRECTORY. A pid may have been given to somebody else since: it
# counts only while its command line names DIRECTORY.
while kill -0 "$1" 2>/dev/null && [ ! -e "$2/done" ]; do
  sleep 0.2
done
for file in "$2"/processes/*; do
  [ -e "$file" ] || continue
  pid=$(cat "$file")
  case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || ps -ww -o command= -p "$pid" 2>/dev/null) in
    *"$2"*) kill -KILL "$pid" ;;
  esac
done
# What was just killed may still have been writing.
for try in 1 2 3 4 5; do
  rm -rf "$2" && break
  sleep 0.5
done
