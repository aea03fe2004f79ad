# state-list DIRECTORY: name and content of each .json file, each ended by a NUL.
for file in "$1"/*.json; do
  [[ -e $file ]] || continue
  # It may go between the look and the read.
  content=$(cat -- "$file" 2>/dev/null) || continue
  printf '%s\0' "${file##*/}" "$content"
done
