# state-change prepare KIND FILE STATE | remove KIND FILE BEFORE…: makes the directories for a JSON file that is about to be
# written, or removes it, what is named BEFORE it first; neither where a newer release has written it.
action=$1 kind=$2 file=$3
shift 3
json_version "$(head -c 64 -- "$file" 2>/dev/null)"
need_format "$kind" "$version" "$file"
if [[ $action == prepare ]]; then
  mkdir -p -m 700 -- "$1" "${file%/*}" || fail CommandFailed "${file%/*} can't be made"
else
  rm -f -- "$@" "$file" || fail CommandFailed "$file can't be removed"
fi
