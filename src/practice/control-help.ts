export const help = `PRACTICE SITE: no VM, no hypervisor and no file server here is real.

GET    /state      domains with their counts, mounts, processes, connections
GET    /faults     the faults that are set
POST   /faults     sets faults: {"virsh start": {"fail": "error: no luck", "times": 2}}; null takes one away
DELETE /faults     takes all away
POST   /domains/NAME  {"deaf": true | false | 3, "shutdownSeconds": 2.5, "startSeconds": 1}
POST   /drop       cuts every SSH connection
POST   /unmount    takes every mount away, as somebody with "umount -l" would
POST   /power-cut  the host loses power and comes back: VMs off, processes gone, nothing mounted, /run empty;
                   domains with autostart run again

A fault is named for a command ("virsh start", "virsh", "mount", "umount", "findmnt", "mountpoint"):
  fail: TEXT       prints TEXT on stderr and fails without its effect
  exitCode: N      … with this code (1)
  hang: true       never returns
  delay: SECONDS   waits first
  late: true       fails or hangs after its effect
  skip: N          lets N runs through first
  times: N         applies to N runs (all, unless said)
or for a place:
  "ssh":   {"refuse": true}        nobody listens
           {"refuseKeys": true}    the key is not accepted
           {"otherHostKey": true}  another host key than known_hosts has
           {"delay": SECONDS}      before each command
  "share": {"gone": true}          the file server is away
           {"limit": BYTES}        the share is full at so many bytes, for whoever begins to write from now on
`;
