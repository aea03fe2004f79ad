# The uncompressed stream of a source or of an archive, for the payloads that read one. Its processes talk through named
# pipes in $JOB, so that each has an exit status of its own, and leave what they say in $JOB/NAME.said.

# pipes NAME…
pipes() {
  mkfifo -- "${@/#/$JOB/}" || fail JobFailed "no pipe can be made in $JOB"
}

# start_reader KIND PATH: a file or a directory as a tar of one member, a block device as it is, into $JOB/stream.
# stream_read then gives its `digest` and `bytes`. Owners are numbers, so that the stream doesn't depend on what the host
# calls them, and tar takes names as they are, with what looks like an escape in them.
start_reader() {
  local python parent=${2%/*}
  if [[ $1 != directory ]] && find_python; then
    "$python" -I -S -c "$READ_SOURCE" "$1" "$2" "$JOB/sha256" >"$JOB/stream" 2>"$JOB/reader.said" &
    started reader
    return
  fi
  pipes source
  if [[ $1 == block ]]; then
    dd if="$2" bs=4M >"$JOB/source" 2>"$JOB/reader.said" &
  else
    tar --format=gnu --numeric-owner --no-unquote --totals -b 128 -S -C "${parent:-/}" -cf - -- "${2##*/}" \
      >"$JOB/source" 2>"$JOB/reader.said" &
  fi
  started reader
  start_hash source stream
}

# find_python: sets `python`, one with OpenSSL's digests. With it READ_SOURCE (read-source.py) takes a third of the time.
find_python() {
  for python in "${STACKHAND_PYTHON-/usr/bin/python3}" /usr/libexec/platform-python; do
    [[ -x $python ]] && "$python" -I -S -c 'import _hashlib' 2>/dev/null && return
    [[ -z ${STACKHAND_PYTHON+set} ]] || return
  done
  return 1
}

# start_hash FROM TO: passes $JOB/FROM on to $JOB/TO, and leaves its digest in $JOB/sha256. openssl uses the CPU's own
# instructions where coreutils doesn't.
start_hash() {
  local python
  if find_python; then
    "$python" -I -S -c "$READ_SOURCE" stream - "$JOB/sha256" <"$JOB/$1" >"$JOB/$2" 2>"$JOB/sha256.said" &
    started sha256
    return
  fi
  pipes hashed
  tee -- "$JOB/hashed" <"$JOB/$1" >"$JOB/$2" 2>"$JOB/tee.said" &
  started tee
  if command -v openssl >/dev/null; then
    openssl dgst -sha256 -r <"$JOB/hashed" >"$JOB/sha256" 2>"$JOB/sha256.said" &
  else
    sha256sum <"$JOB/hashed" >"$JOB/sha256" 2>"$JOB/sha256.said" &
  fi
  started sha256
}

# stream_read: sets `digest` and, after start_reader, `bytes`.
stream_read() {
  local line
  read -r digest bytes <"$JOB/sha256"
  [[ $bytes =~ ^[0-9]+$ ]] && return
  while read -r line; do
    [[ $line =~ ^Total\ bytes\ written:\ ([0-9]+) || $line =~ ^([0-9]+)\ bytes ]] && bytes=${BASH_REMATCH[1]}
  done <"$JOB/reader.said"
}

# not_removed: fails when the backup has been removed since it was chosen, which takes its name first.
not_removed() {
  local said
  said=$(within 20 stat -- "$DIRECTORY" 2>&1) || [[ $said != *'No such file'* ]] ||
    fail BackupNotFound "$DIRECTORY is not there any more: it was removed"
}

# enter_backup: into $DIRECTORY. The share first: without it nothing is there either.
enter_backup() {
  enter_share "$MOUNT_POINT" "$MOUNT_POINT" "$MOUNT_SOURCE"
  not_removed
  enter_share "$DIRECTORY" "$MOUNT_POINT" "$MOUNT_SOURCE"
}

# archive_is_there: in the working directory, whole by its size.
archive_is_there() {
  local size
  size=$(within 60 stat -c %s -- "./$FILE" 2>&1) || {
    not_removed
    [[ $size == *'No such file'* ]] && fail ArchiveCorrupt "$FILE is not there"
    fail ShareLost "$FILE can't be looked at: ${size:-stat was killed at its deadline}"
  }
  ((size == ARCHIVE_BYTES)) || fail ArchiveCorrupt "$FILE has $size bytes instead of $ARCHIVE_BYTES"
}

# start_unpacking: $FILE in the working directory, decompressed, into $JOB/stream. What reads the share is a process of
# its own: it says why a read failed, where decompressors only say that it did.
start_unpacking() {
  pipes packed stream
  dd if="./$FILE" bs=64k iflag=nofollow status=none >"$JOB/packed" 2>"$JOB/reader.said" &
  started reader
  case $COMPRESSION in
    zstd) zstd -q -dc ;;
    gzip) gzip -dc ;;
    none) cat ;;
  esac <"$JOB/packed" >"$JOB/stream" 2>"$JOB/decompressor.said" &
  started decompressor
}

# unpacked_whole: after collect; fails unless share, decompressor and digest all went well.
unpacked_whole() {
  local name
  if ((status[reader] != 0)) && ! is_victim reader; then
    not_removed
    fail ShareLost "$FILE could not be read: $(end_of reader)"
  fi
  if ((status[decompressor] != 0)) && ! is_victim decompressor; then
    ((status[decompressor] == 127)) && fail ToolMissing "$(end_of decompressor)"
    ((status[decompressor] > 128)) && fail JobFailed "the decompressor of $FILE $(end_of decompressor)"
    fail ArchiveCorrupt "$FILE can't be unpacked: $(end_of decompressor)"
  fi
  for name in tee sha256; do
    ((${status[$name]-0} == 0)) || fail JobFailed "the $name of $FILE failed: $(end_of "$name")"
  done
}

# Blames, of a pipeline whose processes all ended, one that did not merely lose the next one.
is_victim() {
  ((status[$1] == 141)) || grep -q 'Broken pipe' "$JOB/$1.said" 2>/dev/null
}

# end_of NAME: how it ended, in its own words where it has some.
end_of() {
  local line last=
  ((status[$1] > 128)) && printf 'was killed by signal %s' "$((status[$1] - 128))" && return
  while IFS= read -r line; do
    [[ $line =~ ^(Total\ bytes|[0-9]+\ bytes|[0-9]+\+[0-9]+\ records|.*Exiting\ with\ failure) || -z $line ]] || last=$line
  done 2>/dev/null <"$JOB/$1.said"
  printf '%s' "${last:-ended with code ${status[$1]}}"
}

# drained COMMAND…: the command on stdin; what it leaves unread is read too, since the digest is of the whole stream.
drained() {
  local code
  "$@"
  code=$?
  cat >/dev/null
  return "$code"
}

# write_fault FILE: the type of fault that a program's message about the working directory's file system stands for. Some
# file systems (sshfs) have no word for being full.
write_fault() {
  local free block
  read -r free block < <(within 20 stat -f -c '%a %S' . 2>/dev/null)
  if grep -qE 'No space left on device|[Qq]uota exceeded' "$1" || ((${free:-1} * ${block:-67108864} < 4194304)); then
    printf ShareFull
  elif grep -qE 'Read-only file system|Permission denied|not permitted|File too large|symbolic link' "$1"; then
    printf ShareNotWritable
  else
    printf ShareLost
  fi
}
