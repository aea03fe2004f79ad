# The uncompressed stream of a source or an archive, for the payloads that read one.

# sha256 FILE: reads stdin, and leaves the digest in hex. openssl uses the CPU's own instructions where coreutils doesn't.
sha256() {
  if command -v openssl >/dev/null; then openssl dgst -sha256 -r; else sha256sum; fi >"$1"
}

# digest_in FILE: what sha256 left there.
digest_in() {
  local line=
  read -r line <"$1"
  printf '%s' "${line%% *}"
}

# read_source KIND PATH: a file or directory as one tar member, a block device as it is. Its size comes on stderr.
# Owners as numbers, so that the stream doesn't depend on what the host calls them.
read_source() {
  local parent=${2%/*}
  if [[ $1 == block ]]; then exec dd if="$2" bs=4M; fi
  exec tar --format=gnu --numeric-owner --totals -S -C "${parent:-/}" -cf - -- "${2##*/}"
}

# stream_bytes FILE: the size of the stream from what read_source said there.
stream_bytes() {
  local line
  while read -r line; do
    [[ $line =~ ^Total\ bytes\ written:\ ([0-9]+) || $line =~ ^([0-9]+)\ bytes ]] && printf '%s' "${BASH_REMATCH[1]}" && return
  done <"$1"
}

compress() {
  local threads=gzip
  case $1 in
    zstd) exec zstd -q -c -T0 "-${2:-3}" ;;
    gzip)
      command -v pigz >/dev/null && threads=pigz
      exec "$threads" -c "-${2:-6}"
      ;;
    none) exec cat ;;
  esac
}

decompress() {
  case $1 in
    zstd) exec zstd -q -dc -- "$2" ;;
    gzip) exec gzip -dc -- "$2" ;;
    none) exec cat -- "$2" ;;
  esac
}

# throttle BYTES: passes stdin on at that many bytes a second, in steps of a quarter of a second.
throttle() {
  local chunk=$(($1 / 4 > 4096 ? $1 / 4 : 4096)) copied begun passed=0 ahead
  begun=$(hundredths)
  while :; do
    copied=$(dd bs="$chunk" count=1 iflag=fullblock 2>&1 >&3) || return
    [[ $copied =~ ([0-9]+)\ bytes ]] || return
    ((BASH_REMATCH[1] > 0)) || return 0
    passed=$((passed + BASH_REMATCH[1]))
    ahead=$((passed * 100 / $1 - ($(hundredths) - begun)))
    ((ahead > 0)) && pause "$((ahead / 100)).$(printf %02d $((ahead % 100)))"
  done 3>&1
}

# Hundredths of a second since the host's boot: no clock that anybody sets.
hundredths() {
  local up
  read -r up _ </proc/uptime
  printf '%d' "$((10#${up/./}))"
}

# said FILE: the last line a program left on its stderr.
said() {
  local line last=
  while read -r line; do [[ -n $line ]] && last=$line; done <"$1"
  printf '%s' "${last:0:300}"
}

# share_fault FILE: the type of fault that a program's message about the share stands for.
share_fault() {
  if grep -qE 'No space left on device|[Qq]uota exceeded' "$1"; then
    printf ShareFull
  elif grep -qE 'Read-only file system|Permission denied' "$1"; then
    printf ShareNotWritable
  else
    printf ShareLost
  fi
}

low_priority() {
  renice -n 19 -p $$ >/dev/null 2>&1
  ionice -c 3 -p $$ 2>/dev/null
}
