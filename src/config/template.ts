export interface TemplateOptions {
  /** Address or path of stackhand.schema.json, for editors that check while one types. */
  readonly schema?: string;
}

/** What `stackhand init` writes: valid as it is, and valid with every example uncommented (a line that begins `#x`). */
export function configTemplate({ schema = 'https://unpkg.com/stackhand/stackhand.schema.json' }: TemplateOptions = {}) {
  return `# yaml-language-server: $schema=${schema}
#
# Configuration of stackhand. Lines like "#kvm1: root@kvm1" are examples: remove the # to use one.
# It is read from --config FILE, else STACKHAND_CONFIG, ./stackhand.yaml, ~/.config/stackhand/config.yaml.
# Workers read it where they run: paths of keys and files are theirs. No secrets belong in here.
# Durations are written 90s, 10m, 1h30m; rates 50M/s. docs/configuration.md explains every key.

# libvirt hosts, by the name that --host takes. What is left out comes from ~/.ssh/config.
hosts:
  #kvm1: root@kvm1.example.com
  #kvm2:
    #address: 192.168.100.12
    #user: heat-admin
    #port: 22
    # Built in: ssh2. openssh runs the system's ssh (certificates, FIDO keys, ProxyCommand); local: the worker's machine.
    #transport: ssh2
    #identityFile: ~/.ssh/id_ed25519
    #knownHosts: ~/.ssh/known_hosts
    # A host of this file, or [USER@]ADDRESS[:PORT], to go through first.
    #proxyJump: kvm1
    # Run commands through sudo -n; by default unless the user is root.
    #sudo: true
    # Which workers reach it (stackhand worker --site).
    #site: berlin
  #here: local

# Where backups are kept, by the name that --to takes. The hosts mount them, not this machine.
repositories:
  #nas: 192.168.100.10:/osp16_backup
  #vault:
    #type: nfs
    #source: nas2.example.com:/export/backup
    # Default for NFS: soft,timeo=600,retrans=2,retry=0,nosuid,nodev,noexec
    #options: nfsvers=4.2
    #mountPoint: /mnt/vault
    #directory: vms
    # Backups that stay after a new one was verified; without keep nothing is ever pruned.
    #keep:
      #last: 2
      #daily: 7
      #weekly: 4
      #monthly: 6
  #offsite:
    #type: fuse.sshfs
    #source: backup@store.example.com:/srv/backup
    #options: IdentityFile=/root/.ssh/id_backup
  #windows-share:
    #type: cifs
    #source: //files.example.com/backup
    #options: credentials=/root/.smbcredentials
  #spare-disk: /srv/backup

# OpenStack clouds, by the name that --cloud takes; their credentials stay in clouds.yaml.
clouds:
  #production:
    #cloud: overcloud
    # The highest microversion of a service, where the cloud behaves badly above it.
    #microversions: { compute: "2.79" }
    # What no mass operation may touch.
    #protect:
      #names: [prod-db-*]
      #tags: [do-not-touch]
    # How much the cloud bears at once: API calls, servers in all, of one host, migrations to one host.
    #limits: { calls: 4, parallel: 20, perHost: 10, perTarget: 2 }
    # A plan older than this is not applied.
    #planAge: 24h
  # An adminrc file instead of clouds.yaml; it is read, never executed.
  #lab:
    #rc: ~/adminrc

# What operations do when the command line says nothing else.
defaults:
  #repository: nas
  # zstd, gzip or none; the level is the program's own unless it is set.
  #compression: zstd
  #level: 3
  # read: read every archive back. compare: read the disk again too. none: the backup counts as unverified.
  #verify: read
  # So long may every worker be away before the host itself starts a VM that a backup shut down.
  #guardAfter: 10m
  # So long may a guest take to power off.
  #shutdownTimeout: 5m
  # At most this much is read from disks.
  #bandwidth: 200M/s
  # Archive at low CPU and disk priority.
  #idle: false
  # Start the VM when its last disk is read, before the verification.
  #startEarly: false
  # VMs of one command that are backed up at a time.
  #parallel: 1

# What a health check looks at, and what it expects there.
health:
  # Hosts of the section above by what they are for, by name or pattern.
  #roles:
    #controllers:
      #hosts: [ctl*]
      # podman, docker or none; whichever is there otherwise.
      #runtime: podman
      # tripleo or kolla: what is known of such clouds.
      #preset: tripleo
      # Containers that come and go, and those that exit by design, beside the preset's.
      #ignore: [neutron-dnsmasq-*]
      #oneShots: [my_bootstrap]
      #logs: [/var/log/containers/*/*.log]
      #mounts: [/, /var]
  # Its compute, volume and network services, APIs and servers.
  #cloud: production
  # What has to run, as stackhand health baseline wrote it.
  #baseline: health-baseline.yaml
  #knownIssues:
    #- match: connection to rabbit lost
      #reason: until the network is replaced
      #until: "2027-01-31"
  #backups:
    #- host: kvm1
      #vm: web*
      #within: 26h
  #thresholds:
    #diskWarning: 85
    #diskCritical: 95
    #memory: 95
    #load: 4
    #clock: 2s
    #stuck: 1h
    #latency: 5s
  # Logs that are seen for the first time are read so far back.
  #since: 24h
  # Hosts at a time, and how long one may take.
  #parallel: 50
  #hostTimeout: 15m
  # What is still there is told again after so long.
  #remindAfter: 7d

# Who is told of what: one webhook, one mail, or one command on the worker, for each entry.
notifications:
  #- on: [failed, vm not back, undo stuck, missed]
    #webhook:
      #url: { env: STACKHAND_WEBHOOK }
      #body: '{"text": "{{title}}: {{message}}"}'
      #headers:
        #Content-Type: application/json
        #Authorization: { file: ~/.config/stackhand/webhook-token }
  #- on: [health, recovered, missed]
    #mail:
      #host: smtp.example.com
      # 587 with STARTTLS unless it is said: starttls, tls (port 465), none.
      #port: 587
      #security: starttls
      #user: stackhand
      #password: { file: ~/.config/stackhand/smtp-password }
      #from: stackhand@example.com
      #to: [night-shift@example.com]
  #- on: [approval waiting]
    #command: [mail, -s, stackhand, operators@example.com]

# Plans and reports that outlive Temporal's retention: in a directory of the worker, this one unless it is said; or in a
# PostgreSQL that several workers share. One of the two.
records:
  # directory: ~/.local/share/stackhand/records
  #postgresql:
    #url: postgresql://stackhand@db1.example.com/stackhand
    #password: { file: ~/.config/stackhand/records-password }
    # verify: TLS, with a certificate for that name, signed by whom Node trusts or those of the file ca. none: in clear.
    #tls: verify
    #ca: ~/.config/stackhand/records-ca.pem

# With more than that in use, per cent of its machine, a worker takes on little more at a time.
worker:
  #memory: 90
  #processors: 95
`;
}
