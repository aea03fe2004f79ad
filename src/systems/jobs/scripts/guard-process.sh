# Starting, renewing and ending the guard. Its process is a systemd unit where systemd is the init, which survives a
# reboot of the host, else a session of its own, which does not.

# take_turn DIRECTORY: arming, starting again and disarming go one by one, each from its first look to its last effect:
# an arm that lags behind would else start a guard, or leave its unit, after the disarming. Held until the script ends;
# what it starts that stays must close fd 8.
take_turn() {
  exec 8>>"$1/turn" || fail CommandFailed "$1/turn can't be opened"
  flock -w 150 8 || fail CommandTimedOut "another change of the guard has not ended"
}

# guard_unit DIRECTORY: sets `unit` and `unit_file`.
guard_unit() {
  unit=stackhand-guard-${1##*/}.service
  unit_file=${STACKHAND_SYSTEMD_ROOT-}/etc/systemd/system/$unit
}

# start_guard DIRECTORY JOBS: returns when it runs. Starting one that runs does nothing.
start_guard() {
  local unit unit_file deadline
  if with_systemd; then
    guard_unit "$1"
    replace "$unit_file" <<EOF
[Unit]
Description=stackhand: starts a VM again if no worker comes back (operation ${1##*/})
After=network.target libvirtd.service libvirtd.socket virtqemud.service virtqemud.socket
StartLimitIntervalSec=0

[Service]
ExecStart=$BASH $1/guard.sh $1 $2
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
EOF
    chmod 0644 "$unit_file"
    timeout -s KILL 60 systemctl enable --now "$unit" >"$1/log" 2>&1 </dev/null
    # A power cut takes what was not synced. One file system at a time: a plain sync would wait for a dead share.
    timeout -s KILL 20 sync -f "$unit_file"
  elif ! is_alive "$1/pid"; then
    setsid -f "$BASH" "$1/guard.sh" "$1" "$2" >"$1/log" 2>&1 </dev/null 8>&-
  fi
  timeout -s KILL 20 sync -f "$1/state"
  deadline=$((SECONDS + 60))
  until is_alive "$1/pid"; do
    # It may have ended already, when its lease was over.
    guard_state "$1"
    [[ $state == armed ]] || return 0
    ((SECONDS < deadline)) || fail CommandFailed "the guard did not come up: $(tail -c 500 "$1/log")"
    pause 0.05
  done
}

# end_guard DIRECTORY: returns when it is gone, with whatever it was running.
end_guard() {
  local unit unit_file pid signal=TERM deadline=$((SECONDS + 20))
  guard_unit "$1"
  if with_systemd && [[ -e $unit_file ]]; then
    timeout -s KILL 60 systemctl disable --now "$unit" >/dev/null 2>&1 </dev/null
    rm -f -- "$unit_file"
    timeout -s KILL 20 sync -f "${unit_file%/*}"
  fi
  while is_alive "$1/pid"; do
    read -r pid _ <"$1/pid"
    kill "-$signal" -- "-$pid" 2>/dev/null
    ((SECONDS < deadline)) || fail CommandTimedOut "the guard (pid $pid) can't be ended"
    pause 0.1
    signal=KILL
  done
}

# renew DIRECTORY: renews the lease of an armed guard; prints armed, acted or absent.
renew() (
  lock "$1/lock" 30
  guard_state "$1"
  [[ $state == armed ]] && stamp "$1/renewed"
  # Who is acting will have acted: the worker's part is over.
  echo "${state/acting/acted}"
)
