# lease DIRECTORY UUID OPERATION SIZE <LEASE: takes the lease, or drops it if SIZE is 0. Prints taken or dropped; or held
# and the lease, when it belongs to another operation.
directory=$1 uuid=$2 operation=$3 size=$4
umask 077
lease=$(cat)
((${#lease} == size)) || fail CommandFailed "only ${#lease} of $size bytes of the lease arrived"
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"
lock "$directory/.lock" 30
file=$directory/$uuid.json
found=$(cat -- "$file" 2>/dev/null)
json_version "$found"
need_format 'domain lease' "$version" "$file"
# JSON.stringify wrote it: inside a string the quotes would be escaped.
if [[ -n $found && $found != *"\"operation\":\"$operation\""* ]]; then
  printf 'held\n%s\n' "$found"
elif ((size)); then
  printf '%s\n' "$lease" | replace "$file"
  timeout -s KILL 20 sync -f "$directory"
  echo taken
else
  rm -f -- "$file"
  echo dropped
fi
