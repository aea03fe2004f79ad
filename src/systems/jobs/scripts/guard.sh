# guard DIRECTORY JOBS: the dead man's switch itself. Waits until nobody has renewed the lease for `after` seconds, then
# sees to it that the VM runs, and last ends the operation's jobs that have not ended well; a check of the VM's images, which
# would keep it from starting, first.
directory=$1 jobs=$2
umask 077
cd / || exit 1
{ IFS= read -r uuid && read -r after && read -r settle; } <"$directory/spec" || exit 1

# One guard per directory, and none after its end: of two that start at once, one finds the other's pid.
claim() (
  exec 9<"$directory/lock" && flock 9 || exit 1
  [[ ! -e $directory/disarmed ]] && ! is_alive "$directory/pid" && record_process "$directory/pid"
)

overdue() {
  age "$directory/renewed"
  ((age >= after * 100))
}

# From here on it is too late for a worker. Asked again under the lock, where renewals and disarming happen. A disk that
# takes no change any more does not keep the VM off.
decide() (
  exec 9<"$directory/lock" && flock 9 || exit 1
  [[ ! -e $directory/disarmed ]] && overdue || exit 1
  set_guard_state "$directory" acting
  exit 0
)

# bring_up: returns when the VM runs. libvirtd may be restarting, or the host booting: asked for as long as it takes.
bring_up() {
  local wait=1 domain_state
  while :; do
    if domain_state "$uuid"; then
      case $domain_state in
        'shut off' | crashed)
          # They lock the images, and a worker may have begun another since.
          end_jobs 'check-*'
          within 120 virsh -c qemu:///system start -- "$uuid" && continue
          ;;
        'in shutdown') wait=1 ;;
        *) return 0 ;;
      esac
    fi
    pause "$wait"
    ((wait = wait < 16 ? wait * 2 : 30))
  done
}

# end_jobs PATTERN: those of the operation whose names are like that, and that have not ended well.
end_jobs() {
  local operation=${directory##*/} job state
  for job in "$jobs/$operation"/$1/; do
    job=${job%/}
    [[ -e $job/job.sh ]] || continue
    job_state "$job"
    [[ $state == 'done' ]] || "$BASH" "$directory/stop.sh" "$jobs" "$operation" "${job##*/}" 30 guard
  done
}

claim || exit 0
guard_state "$directory"
while [[ $state == armed ]]; do
  pause 1
  overdue && decide && state=acting && break
  guard_state "$directory"
done

if [[ $state == acting ]]; then
  bring_up
  end_jobs '*'
  stamp "$directory/acted"
  set_guard_state "$directory" acted
  now_since_boot
  since=$uptime
else
  # It acted before, and its unit started it again. After a reboot no shutdown is under way: whether the VM runs then is
  # not for an operation of the former boot to say.
  now_since_boot
  read -r at_boot since 2>/dev/null <"$directory/acted" && [[ $at_boot == "$boot" ]] || exit 0
fi

# A shutdown that was requested before may still be under way: the guest powers off a while after it was seen running.
while [[ ! -e $directory/disarmed ]] && now_since_boot && ((uptime - since < settle * 100)); do
  bring_up
  pause 5
done
exit 0
