# Every container of a host as its runtime inspects it: the runtime's name on the first line, then its JSON. Argument: a
# runtime, or nothing for whichever is there. One that goes between the list and the look makes the look fail: again.
set -u
runtime=${1:-}
if [ -z "$runtime" ]; then
  for each in podman docker; do
    if command -v "$each" >/dev/null 2>&1; then
      runtime=$each
      break
    fi
  done
fi
if [ -z "$runtime" ] || ! command -v "$runtime" >/dev/null 2>&1; then
  echo "FAULT ToolMissing there is no ${runtime:-podman and no docker}" >&2
  exit 1
fi
for attempt in 1 2 3; do
  ids=$("$runtime" ps -aq --no-trunc) || exit
  if [ -z "$ids" ]; then
    printf '%s\n[]\n' "$runtime"
    exit 0
  fi
  # shellcheck disable=SC2086 # ids have no spaces
  if found=$("$runtime" inspect --type container $ids); then
    printf '%s\n%s\n' "$runtime" "$found"
    exit 0
  fi
done
exit 1
