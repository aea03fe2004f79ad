# mount-release MOUNTS KEY OPERATION MOUNTPOINT: gives a lease back; the last one out unmounts what we mounted. Prints
# unmounted or left. The lease goes last, so that a mount that can't be unmounted keeps a name.
directory=$1/$2 operation=$3 mount_point=$4
umask 077
[[ -d $directory ]] || { echo left && exit; }
lock "$1/$2.lock" 100
need_directory_format mount "$directory"
cd /

others() {
  local lease
  for lease in "$directory/leases"/*; do
    [[ -e $lease && ${lease##*/} != "$operation" ]] && return
  done
  return 1
}

# Who uses it, from links in /proc: they are read without asking the file server.
users() {
  local pattern
  pattern=$(printf '%s' "$mount_point" | sed 's/[][*?\\]/\\&/g')
  within 10 find /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/fd -maxdepth 1 \
    \( -lname "$pattern" -o -lname "$pattern/*" \) 2>/dev/null | cut -d/ -f3 | sort -un | head -n 10 |
    while read -r pid; do
      IFS= read -r name 2>/dev/null <"/proc/$pid/comm" && printf '%s (pid %s) ' "$name" "$pid"
    done
}

# try_umount [-f]
try_umount() {
  { timeout -s KILL 30 umount "$@" "$mount_point" >"$directory/umount.out" 2>&1 </dev/null 9>&-; } 2>/dev/null
}

# Busy: asked again a little later, but never forced, which would break the requests of who uses it. Killed: the server
# is dead, and force is for that. It may say busy at first while it wakes the dying writers that wait for the server.
unmount() {
  local tries force=()
  for tries in 1 2 3 4 5 6; do
    try_umount ${force[@]+"${force[@]}"} && return
    (($? == 137)) && force=(-f)
    share_is_mounted "$mount_point" "$source" || return
    ((tries < 3 || ${#force[@]})) || return
    pause 1
  done
}

if others; then
  rm -f -- "$directory/leases/$operation"
  echo left
  exit
fi
if ! IFS= read -r source 2>/dev/null <"$directory/ours"; then
  rm -rf -- "$directory"
  echo left
  exit
fi
share_is_mounted "$mount_point" "$source" && unmount
share_is_mounted "$mount_point" "$source"
case $? in
  0)
    used_by=$(users)
    fail UnmountFailed "$source can't be unmounted from $mount_point: $(tail -n 1 "$directory/umount.out")${used_by:+; used by $used_by}"
    ;;
  2) fail UnmountFailed "$lost_why" ;;
esac
[[ -z $found && -e $directory/made ]] && within 20 rmdir -- "$mount_point" 2>/dev/null
rm -rf -- "$directory"
echo unmounted
