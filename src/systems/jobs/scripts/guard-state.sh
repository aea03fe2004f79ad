# What the guard and those who ask it share. A guard is a directory: spec (uuid, after, settle), renewed and acted (boot
# id and hundredths of a second since boot), state, pid, and `disarmed`, a mark against a straggling arm, which stays until
# the operation's record is gone. state: armed → acting → acted; state.acting and state.acted are written when it is
# armed, so that a change takes no space. Changes of state, lease and mark are made under DIRECTORY/lock only.

# now_since_boot: sets `boot` and `uptime` (hundredths of a second). No clock change moves it, and it goes on while a
# host sleeps.
now_since_boot() {
  read -r boot </proc/sys/kernel/random/boot_id
  read -r uptime _ </proc/uptime
  uptime=$((10#${uptime/./}))
}

# stamp FILE: writes the moment there.
stamp() {
  local boot uptime
  now_since_boot
  put "$1" "$boot $uptime"
}

# age FILE: sets `age` to the hundredths of a second since its stamp; a stamp from before a reboot counts from boot.
age() {
  local boot uptime at_boot=none at=0
  now_since_boot
  read -r at_boot at 2>/dev/null <"$1"
  [[ $at_boot == "$boot" ]] || at=0
  age=$((uptime - at))
}

# guard_state DIRECTORY: sets `state` to armed, acting or acted, or absent.
guard_state() {
  state=absent
  read -r state 2>/dev/null <"$1/state"
  [[ -e $1/disarmed && $state != act* ]] && state=absent
  return 0
}

# set_guard_state DIRECTORY STATE
set_guard_state() {
  if [[ ! -s $1/state.$2 ]]; then printf '%s\n' "$2" >"$1/state.$2" || return 1; fi
  mv -f -- "$1/state.$2" "$1/state"
}
