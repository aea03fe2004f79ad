# throttle RATE: passes stdin on at that many bytes a second, a quarter of a second's worth at a time.
throttle() {
  local rate=$1 piece=$(($1 / 4)) unit=4096 begun passed=0 ahead copied
  ((piece > 1048576)) && unit=65536
  begun=$(hundredths)
  while :; do
    copied=$(dd bs="$unit" count=$((piece > unit ? piece / unit : 1)) iflag=fullblock 2>&1 >&3 3>&-) || break
    [[ $copied =~ ([0-9]+)\ bytes ]] && ((BASH_REMATCH[1] > 0)) || return 0
    passed=$((passed + BASH_REMATCH[1]))
    ahead=$((passed * 100 / rate - ($(hundredths) - begun)))
    ((ahead > 0)) && pause "$((ahead / 100)).$(printf %02d $((ahead % 100)))"
  done 3>&1
  printf '%s\n' "$copied" >&2
  return 1
}

# Hundredths of a second since the host's boot: no clock that anybody sets.
hundredths() {
  local up
  read -r up _ </proc/uptime
  printf '%d' "$((10#${up/./}))"
}
