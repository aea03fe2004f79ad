# mount-acquire MOUNTS KEY OPERATION TYPE SOURCE OPTIONS MOUNTPOINT: leases the mount, mounting it if nothing is there;
# prints ours or theirs. A retry finds what the first try left, wherever that ended.
directory=$1/$2 operation=$3 type=$4 source=$5 options=$6 mount_point=$7
umask 077
mkdir -p -- "$directory/leases" || fail CommandFailed "$directory can't be made"
lock "$1/$2.lock" 100
# Somebody may have left while this one stood in line.
mkdir -p -- "$directory/leases"
need_directory_format mount "$directory"
[[ -n $(ls -A -- "$directory/leases") ]] || stamp_directory mount "$directory"
cd /

give_up() {
  rm -f -- "$directory/leases/$operation"
  [[ -n $(ls -A -- "$directory/leases") || -e $directory/ours ]] || rm -rf -- "$directory"
  fail "$@"
}

why_not() {
  local text package=
  ((code == 137)) && give_up MountFailed "mounting $source did not come back within 60 s: does its server answer?"
  text=$(grep -v '^ *$' "$directory/mount.out" | tail -n 4)
  case $type in
    nfs | nfs4) package='nfs-common (Debian, Ubuntu) or nfs-utils (Red Hat)' ;;
    cifs) package=cifs-utils ;;
    fuse.sshfs) package='sshfs (Debian, Ubuntu) or fuse-sshfs (Red Hat)' ;;
  esac
  if ((code == 127)) || [[ $text =~ might\ need\ a|unknown\ filesystem\ type|not\ found$ ]]; then
    give_up ToolMissing "what mounts $type is not installed${package:+: install $package} ($text)"
  fi
  give_up MountFailed "mounting $source on $mount_point failed: ${text:-mount ended with code $code}"
}

# is_dead: only mounting it anew helps: a file system in user space without its process, or a server that has forgotten
# what it exported. One that merely doesn't answer comes back by itself. Sets `said`.
is_dead() {
  said=$(within 20 stat -- "$mount_point" 2>&1) && return 1
  [[ $said =~ not\ connected|[Ss]tale\ .*handle ]]
}

# The lease and the flag come before the mount: what a crash leaves is then known to be ours.
printf '%s\n' "$source" "$mount_point" >"$directory/leases/$operation"
share_is_mounted "$mount_point" "$source"
code=$?
((code == 2)) && give_up CommandTimedOut "$lost_why"
[[ $code == 1 && -n $found ]] && give_up MountBusy "$lost_why"
if ((code == 0)) && is_dead; then
  [[ -e $directory/ours ]] ||
    give_up MountFailed "what somebody mounted on $mount_point is dead (${said##*: }): unmount it with umount -l $mount_point"
  # Lazily: whoever still has it open, for another operation too, can do nothing with it any more.
  { timeout -s KILL 30 umount -l "$mount_point" >"$directory/mount.out" 2>&1 </dev/null 9>&-; } 2>/dev/null
  share_is_mounted "$mount_point" "$source"
  code=$?
  ((code == 1)) || give_up CommandTimedOut "$source is dead, and can't be taken from $mount_point"
fi
if ((code == 1)); then
  printf '%s\n' "$source" >"$directory/ours"
  if ! within 20 test -d "$mount_point"; then
    : >"$directory/made"
    # Read-only for everybody: what writes here while nothing is mounted should notice. (Root would not.)
    (umask 022 && within 20 mkdir -p -m 0555 -- "$mount_point") 2>"$directory/mount.out"
  fi
  # Its output goes to a file, and the lock is closed: a file system in user space stays with what it inherits.
  {
    timeout -s KILL 60 mount -t "$type" ${options:+-o "$options"} "$source" "$mount_point" \
      >>"$directory/mount.out" 2>&1 </dev/null 9>&-
    code=$?
  } 2>/dev/null
  if ! share_is_mounted "$mount_point" "$source"; then
    [[ -e $directory/made ]] && within 20 rmdir -- "$mount_point" 2>/dev/null
    rm -f -- "$directory/ours" "$directory/made"
    ((code == 0)) && give_up MountFailed "mount succeeded, but $lost_why"
    why_not
  fi
fi
[[ -e $directory/ours ]] && echo ours || echo theirs
