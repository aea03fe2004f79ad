# repository ACTION MOUNTPOINT SOURCE ARGS…: changes in a repository. Only ever on the mounted share: the working
# directory is entered once and checked, and everything after that is relative to it.
action=$1 mount_point=$2 source=$3
shift 3
require_now() {
  "$@" || fail "$lost_type" "$lost_why"
}
# go DIRECTORY: into it, if it is on the share.
go() {
  cd -- "$1" 2>/dev/null || fail ShareLost "the directory $1 can't be entered"
  require_now cwd_is_on_share "$mount_point" "$source"
}
# refused TYPE-OF-DEED FILE-WITH-MESSAGE
refused() {
  local type=ShareLost
  grep -qE 'No space left|[Qq]uota' <<<"$2" && type=ShareFull
  grep -qE 'Read-only file system|Permission denied|not permitted' <<<"$2" && type=ShareNotWritable
  fail "$type" "$1: ${2##*$'\n'}"
}
must() {
  local what=$1 said
  shift
  said=$(within 60 "$@" 2>&1) || refused "$what" "${said:-killed at its deadline}"
}
case $action in
  make) # ROOT VMDIRECTORY NAME
    go "$1"
    must "the directory $2 can't be made" mkdir -p -- "./$2"
    must "the directory $2/$3 can't be made" mkdir -p -m 0700 -- "./$2/$3"
    ;;
  write) # DIRECTORY NAME MODE, content on stdin
    go "$1"
    said=$( { within 60 dd of="./$2.new" bs=64k conv=fsync status=none && chmod "$3" "./$2.new" && mv -f -- "./$2.new" "./$2"; } 2>&1) ||
      refused "$2 can't be written" "${said:-killed at its deadline}"
    ;;
  finish) # VMDIRECTORY PARTIAL FINAL
    go "$1"
    if [[ -d ./$3 && ! -e ./$2 ]]; then exit 0; fi
    [[ -e ./$3 ]] && fail ShareLost "$1/$3 is there already"
    [[ -f ./$2/manifest.json ]] || fail ShareLost "$1/$2 has no manifest"
    must "$2 can't be brought to the disk" sync -- "./$2"
    must "$2 can't get its name" mv -nT -- "./$2" "./$3"
    [[ -d ./$3 ]] || fail ShareLost "$1/$3 is not there after it got its name"
    must "$1 can't be brought to the disk" sync -- .
    ;;
  remove) # ROOT VMDIRECTORY NAME
    [[ -d $1/$2 ]] || exit 0
    go "$1/$2"
    [[ -L ./$3 ]] && fail RestoreRefused "$2/$3 is a link, and is left alone"
    if [[ -e ./$3 ]]; then
      within 60 rm -rf -- "./$3.removing"
      must "$3 can't be removed" mv -nT -- "./$3" "./$3.removing"
    fi
    said=$(within 600 rm -rf -- "./$3.removing" 2>&1) || refused "$3 can't be removed" "${said:-killed at its deadline}"
    # The VM's directory goes with its last backup.
    cd .. && rmdir -- "./$2" 2>/dev/null
    exit 0
    ;;
  lease) # ROOT VMDIRECTORY OPERATION MODE WORKFLOW: one line each of those in the way, none when it is taken
    go "$1"
    must "the directory $2 can't be made" mkdir -p -- "./$2"
    cd -- "./$2" || fail ShareLost "$2 can't be entered"
    own=.stackhand-lease-$3
    printf '%s\n%s\n%s\n' "$4" "$5" "$3" >"./$own.new" && mv -f -- "./$own.new" "./$own" || fail ShareNotWritable "no lease can be written to $2"
    # Written first, then looked: of two that do so at once at least one sees the other.
    shopt -s nullglob
    for other in ./.stackhand-lease-*; do
      [[ ${other##*/} == "$own" || $other == *.new ]] && continue
      { read -r mode; read -r holder; } <"$other" || continue
      [[ $mode == exclusive || $4 == exclusive ]] || continue
      # By the share's own clock on both sides: a renewal touches the file.
      touch -- "./$own"
      age=$(($(stat -c %Y -- "./$own") - $(stat -c %Y -- "$other")))
      ((age > 1800)) && continue
      rm -f -- "./$own"
      fail RepositoryBusy "$2 is held by $holder, renewed $age s ago"
    done
    ;;
  renew) # ROOT VMDIRECTORY OPERATION
    go "$1"
    within 30 touch -c -- "./$2/.stackhand-lease-$3"
    ;;
  drop) # ROOT VMDIRECTORY OPERATION
    [[ -d $1/$2 ]] || exit 0
    cd -- "$1/$2" 2>/dev/null || exit 0
    cwd_is_on_share "$mount_point" "$source" || exit 0
    must 'the lease can'\''t be removed' rm -f -- "./.stackhand-lease-$3"
    cd .. && rmdir -- "./$2" 2>/dev/null
    exit 0
    ;;
esac
exit 0
