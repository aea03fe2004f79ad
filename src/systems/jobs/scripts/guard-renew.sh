# guard-renew DIRECTORY JOBS [read]: renews the lease, or only reads; prints armed, acted or absent.
directory=$1 jobs=$2
umask 077
[[ -d $directory ]] || { echo absent && exit; }
need_directory_format guard "$directory"

if [[ ${3-} == read ]]; then
  guard_state "$directory"
  echo "${state/acting/acted}"
  exit
fi
found=$(renew "$directory") || exit 1
# Killed, or gone with a reboot where there is no systemd.
if [[ $found == armed ]] && ! is_alive "$directory/pid"; then
  take_turn "$directory"
  guard_state "$directory"
  [[ $state == armed ]] && start_guard "$directory" "$jobs"
fi
echo "$found"
