# Reads a source again, and holds it against the digest of its archive. Env: SOURCE KIND ALLOCATED DIGEST
mkfifo "$JOB/stream" || fail JobFailed "no pipe can be made in $JOB"
read_source "$KIND" "$SOURCE" >"$JOB/stream" 2>"$JOB/reader.said" &
started reader
sha256 "$JOB/sha256" <"$JOB/stream" &
started sha256
watch reader "$ALLOCATED"
collect
unwatch
((status[reader] == 0)) || fail SourceUnreadable "$SOURCE could not be read again: $(said "$JOB/reader.said")"
found=$(digest_in "$JOB/sha256")
[[ $found == "$DIGEST" ]] || fail SourceChanged "$SOURCE is not what was archived: sha256 $found instead of $DIGEST"
