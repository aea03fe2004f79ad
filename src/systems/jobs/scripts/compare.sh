# Reads a source again, and holds it against the digest of its archive. Env: SOURCE KIND ALLOCATED DIGEST
pipes stream
start_reader "$KIND" "$SOURCE"
cat <"$JOB/stream" >/dev/null &
started rest
watch reader "$ALLOCATED"
collect
unwatch
((status[reader] > 128)) && fail JobFailed "the reader of $SOURCE $(end_of reader)"
((status[reader] == 1)) && [[ $KIND != block ]] && fail SourceChanged "$SOURCE changed while it was read: $(end_of reader)"
((status[reader] == 0)) || fail SourceUnreadable "$SOURCE could not be read again: $(end_of reader)"
for name in tee sha256; do
  ((${status[$name]-0} == 0)) || fail JobFailed "$name of $SOURCE failed: $(end_of "$name")"
done
stream_read
[[ $digest == "$DIGEST" ]] || fail SourceChanged "$SOURCE is not what was archived: sha256 $digest instead of $DIGEST"
