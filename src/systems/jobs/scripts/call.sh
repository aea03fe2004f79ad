# For scripts that runScript (script.ts) runs and waits for.

# fail TYPE MESSAGE: ends the script; runScript throws it as a Fault of that type.
fail() {
  printf 'FAULT %s %s\n' "$1" "${2//$'\n'/ }" >&2
  exit 1
}

# lock FILE SECONDS: holds the file's lock until the script ends. Whatever it starts that stays must close fd 9.
lock() {
  exec 9>>"$1" || fail CommandFailed "$1 can't be opened"
  flock -w "$2" 9 || fail CommandTimedOut "the lock $1 was not free within $2 seconds"
}

# replace FILE: stdin becomes its content, whole or not at all.
replace() {
  { cat >"$1.new" && mv -f -- "$1.new" "$1"; } || fail CommandFailed "$1 can't be written"
}
