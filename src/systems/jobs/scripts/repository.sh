# repository ACTION MOUNTPOINT SOURCE ARGS…: changes in a repository. Only ever on the mounted share: a directory is
# entered once and checked, and everything after that is relative to it. Names come checked, and are never links: who
# else may write to the share must not lead root to another place of the host.
action=$1 mount_point=$2 source=$3
shift 3
umask 022

enter() {
  enter_share "$1" "$mount_point" "$source"
}

# below NAME: into it, which is a directory here and no link to somewhere else. The kernel says where this then is, since
# the name may have become a link between a look and the step.
below() {
  local here
  here=$(readlink -- "/proc/$$/cwd")
  if [[ -L ./$1 ]]; then fail BackupNotFound "$1 is a link, and is left alone"; fi
  cd -- "./$1" || fail ShareLost "$1 can't be entered"
  [[ $(readlink -- "/proc/$$/cwd") == "${here%/}/$1" ]] || fail BackupNotFound "$1 is a link, and is left alone"
}

# make DIRECTORY: unless it is there.
make() {
  local said code
  said=$(within 60 mkdir -- "./$1" 2>&1)
  code=$?
  ((code == 0)) || [[ -d ./$1 || -L ./$1 ]] || blame "the directory $1 can't be made" "$said" "$code"
}

# require_own WHAT: the working directory and the one above belong to whom this makes directories as (a server may
# squash root). In another's, files change under their names.
require_own() {
  local own owners
  own=$(within 20 mktemp -d ./.stackhand-own-XXXXXXXX 2>&1) || blame "nothing can be made in $1" "$own" $?
  mapfile -t owners < <(within 20 stat -c %u -- "$own" . ..)
  rmdir -- "$own"
  [[ ${#owners[@]} == 3 && ${owners[1]} == "${owners[0]}" && ${owners[2]} == "${owners[0]}" ]] ||
    fail ShareNotWritable "$1, or the directory it is in, belongs to somebody else, who could lead what is written there elsewhere"
}

# blame WHAT SAID CODE: fails, as what a command said about the share stands for.
blame() {
  local type=ShareLost said=$2
  if [[ $said =~ No\ space\ left|[Qq]uota\ exceeded ]]; then
    type=ShareFull
  elif [[ $said =~ Read-only\ file\ system|Permission\ denied|not\ permitted|symbolic\ link ]]; then
    type=ShareNotWritable
  fi
  (($3 == 137)) && said='killed at its deadline'
  fail "$type" "$1: ${said##*$'\n'}"
}

# must WHAT COMMAND…: or the failure is WHAT, with the command's words.
must() {
  local what=$1 said
  shift
  said=$(within "${seconds:-60}" "$@" 2>&1) || blame "$what" "$said" $?
}

# there DIRECTORY NAME: or it was removed since somebody chose it.
there() {
  local said
  said=$(within 20 stat -- "$1" 2>&1) && return
  [[ $said == *'No such file'* ]] && fail BackupNotFound "$2 is not there any more: it was removed"
  fail ShareLost "$2 can't be looked at: ${said:-stat was killed at its deadline}"
}

# synced PATH: some file systems have no fsync for a directory.
synced() {
  local said
  said=$(within 60 sync -- "$1" 2>&1) || [[ $said =~ Invalid\ argument|not\ supported ]] ||
    blame "$1 can't be brought to the disk" "$said" 1
}

# need_lease_format FILE: mode, workflow, and its version. What is no lease, or gone by now, is none of a newer release.
need_lease_format() {
  local version=
  { read -r _ && read -r _ && read -r version; } 2>/dev/null <"$1"
  need_format 'repository lease' "$version" "$mount_point/…/${1##*/}"
}

case $action in
  make) # ROOT VMDIRECTORY NAME AGAIN: AGAIN says that an earlier try may have made it
    enter "$1"
    make "$2"
    below "$2"
    said=$(within 60 mkdir -m 0700 -- "./$3" 2>&1)
    code=$?
    if ((code)); then
      [[ -e ./$3 || -L ./$3 ]] || blame "the directory $2/$3 can't be made" "$said" "$code"
      [[ -n $4 ]] || fail BackupUnusable "$2/$3 is there already, and this operation didn't make it"
    fi
    below "$3"
    require_own "$2/$3"
    ;;
  write) # ROOT VMDIRECTORY NAME FILE MODE SIZE, content on stdin
    enter "$1"
    below "$2"
    below "$3"
    # From the first byte on, since a change of the mode would go through a link.
    umask "$(printf '%o' $((0666 & ~0$5)))"
    # Never through a link, or into what others may have open.
    rm -f -- "./$4.new"
    must "$4 can't be written" dd of="./$4.new" bs=64k iflag=fullblock oflag=nofollow conv=fsync status=none
    # A connection that breaks half way must not leave half a file under its name.
    [[ $(stat -c %s -- "./$4.new") == "$6" ]] || fail CommandFailed "only a part of $4 arrived"
    must "$4 can't be written" mv -fT -- "./$4.new" "./$4"
    synced .
    ;;
  read) # ROOT VMDIRECTORY NAME FILE: its content
    enter "$1"
    below "$2"
    below "$3"
    [[ -f ./$4 && ! -L ./$4 ]] || fail ArchiveCorrupt "$4 is not there"
    # From the share, not from what this host still has in memory.
    within 60 dd if="./$4" iflag=nocache,nofollow,nonblock count=0 status=none 2>/dev/null
    { said=$(within 60 dd if="./$4" bs=1M iflag=nofollow,nonblock status=none 2>&1 >&3); } 3>&1 ||
      blame "$4 can't be read" "$said" $?
    ;;
  finished) # ROOT VMDIRECTORY PARTIAL FINAL: says "finished", or nothing
    enter "$1"
    below "$2"
    [[ -d ./$4 && ! -L ./$4 && ! -e ./$3 ]] && echo finished
    ;;
  finish) # ROOT VMDIRECTORY PARTIAL FINAL
    enter "$1"
    below "$2"
    [[ -d ./$4 && ! -L ./$4 && ! -e ./$3 ]] && exit
    if [[ -e ./$4 || -L ./$4 ]]; then fail BackupUnusable "$2/$4 is there already, so $3 can't get that name"; fi
    [[ -f ./$3/manifest.json && ! -L ./$3 ]] || fail BackupUnusable "$2/$3 has no manifest, so it is no backup yet"
    synced "./$3"
    must "$2/$3 can't get its name" mv -nT -- "./$3" "./$4"
    [[ -d ./$4 && ! -e ./$3 ]] || fail ShareLost "$2/$4 is not there after it got its name"
    synced .
    ;;
  remove) # ROOT VMDIRECTORY NAME
    enter "$1"
    [[ -e ./$2 || -L ./$2 ]] || exit 0
    below "$2"
    gone=${3%.removing}.removing
    [[ ! -L ./$3 && ! -L ./$gone ]] || fail BackupNotFound "$2/$3 is a link, and is left alone"
    # The name goes first and at once: nobody takes what is half removed for a backup. One that an earlier try left in
    # the way goes whole.
    if [[ $gone != "$3" && -e ./$3 ]]; then
      seconds=700 must "$2/$gone can't be removed" rm -rf -- "./$gone"
      must "$2/$3 can't be removed" mv -nT -- "./$3" "./$gone"
      [[ ! -e ./$3 ]] || fail ShareLost "$2/$3 is still there after it was renamed"
    fi
    seconds=700 must "$2/$gone can't be removed" rm -rf -- "./$gone"
    # The VM's directory goes with its last backup.
    cd .. && rmdir -- "./$2" 2>/dev/null
    ;;
  lease) # ROOT VMDIRECTORY OPERATION MODE WORKFLOW [BACKUP]
    enter "$1"
    # A reader, who names the backup, makes nothing.
    if [[ -n ${6-} ]]; then there "./$2/$6" "$2/$6"; else make "$2"; fi
    below "$2"
    own=.stackhand-lease-$3
    [[ -L ./$own || ! -f ./$own ]] || need_lease_format "./$own"
    # shellcheck disable=SC2016
    must "no lease can be written to $2" "$BASH" -c '
      set -o pipefail
      rm -f -- "$1.new"
      printf "%s\n" "$2" "$3" "$4" | dd of="$1.new" oflag=nofollow status=none && mv -fT -- "$1.new" "$1"' \
      stackhand "./$own" "$4" "$5" "${known_formats[repository lease]}"
    # Written first, then looked: of two that do so at once at least one sees the other.
    shopt -s nullglob
    for other in ./.stackhand-lease-*; do
      [[ ${other##*/} == "$own" || $other == *.new || -L $other || ! -f $other ]] && continue
      (need_lease_format "$other") || { rm -f -- "./$own" && exit 1; }
      { read -r mode && read -r holder; } 2>/dev/null <"$other" || continue
      [[ $mode == exclusive || $4 == exclusive ]] || continue
      # Both by the share's own clock: a renewal touches the file.
      touch -h -- "./$own"
      age=$(($(stat -c %Y -- "./$own") - $(stat -c %Y -- "$other" 2>/dev/null || echo 0)))
      ((age > 1800)) && continue
      rm -f -- "./$own"
      fail RepositoryBusy "$2 is held by $holder, renewed $age s ago"
    done
    # Under the lease it can't go any more; before, it could.
    if [[ -n ${6-} ]]; then (there "./$6" "$2/$6") || { rm -f -- "./$own" && exit 1; }; fi
    ;;
  leases) # ROOT VMDIRECTORY: "OPERATION WORKFLOW" of each
    enter "$1"
    below "$2"
    shopt -s nullglob
    for lease in ./.stackhand-lease-*; do
      [[ $lease == *.new || -L $lease || ! -f $lease ]] && continue
      need_lease_format "$lease"
      { read -r _ && read -r holder; } 2>/dev/null <"$lease" || continue
      printf '%s %s\n' "${lease#./.stackhand-lease-}" "$holder"
    done
    ;;
  renew) # ROOT VMDIRECTORY OPERATION
    enter "$1"
    must "the lease of $2 can't be renewed" touch -c -h -- "./$2/.stackhand-lease-$3"
    ;;
  drop) # ROOT VMDIRECTORY OPERATION
    within 20 test -d "$1/$2" && [[ ! -L $1/$2 ]] || exit 0
    cd -- "$1/$2" 2>/dev/null && cwd_is_on_share "$mount_point" "$source" || exit 0
    [[ -L ./.stackhand-lease-$3 || ! -f ./.stackhand-lease-$3 ]] || need_lease_format "./.stackhand-lease-$3"
    # What a full share, or a crash, left half written too: it would keep the directory for ever.
    must "the lease of $2 can't be removed" rm -f -- "./.stackhand-lease-$3" "./.stackhand-lease-$3.new"
    cd .. && rmdir -- "./$2" 2>/dev/null
    ;;
esac
exit 0
