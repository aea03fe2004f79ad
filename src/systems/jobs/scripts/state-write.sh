# state-write DIRECTORY NAME SIZE <CONTENT: the file is there whole and on the disk, or as it was before.
directory=$1 name=$2 size=$3
umask 077
content=$(cat; printf .)
content=${content%.}
((${#content} == size)) || fail CommandFailed "only ${#content} of $size bytes of $name arrived"
mkdir -p -- "$directory" || fail CommandFailed "$directory can't be made"
# Two writers at once have two temporary files; the last rename wins.
file=$directory/.$name.$$
{
  printf '%s' "$content" >"$file" && timeout -s KILL 20 sync -f "$file" && mv -f -- "$file" "$directory/$name" &&
    timeout -s KILL 20 sync -f "$directory"
} || fail CommandFailed "$directory/$name can't be written"
