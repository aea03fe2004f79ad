/**
 * The one list of failures a person may meet, and what each asks of them.
 *
 * A fault is named once, here. `Fault` is how it travels inside this program; at the edge of an activity it becomes
 * a Temporal ApplicationFailure of the same type (activities/shared/failure.ts), so a workflow and the CLI see the
 * same name and the same remedy. `permanent` faults are never retried: nothing should try a wrong key for ever.
 */
export const faults = {
  // reaching Temporal
  TemporalUnreachable: {
    permanent: true,
    remedy: 'start one for this machine with stackhand dev, or name yours in TEMPORAL_ADDRESS',
  },
  TemporalRefused: { permanent: true, remedy: 'check the namespace, the TLS files and the API key of the profile' },
  TemporalProgramMissing: {
    permanent: true,
    remedy: 'install the Temporal CLI (https://docs.temporal.io/cli) or Go, or name a server in TEMPORAL_ADDRESS',
  },
  TemporalStartFailed: { permanent: true, remedy: "read the last lines of the server's log, named in the message" },
  ActivityTimedOut: {
    permanent: true,
    remedy: 'look at the worker: its log, its machine; then run the operation again',
  },
  NoWorker: { permanent: true, remedy: 'start one: stackhand worker, or stackhand dev' },
  // reaching a host
  HostUnreachable: {
    permanent: false,
    remedy: 'check that the host is up and that its SSH port answers; the operation tries again by itself',
  },
  HostKeyUnknown: {
    permanent: true,
    remedy: "compare the fingerprint with the host's own, then run: stackhand host trust HOST",
  },
  HostKeyChanged: {
    permanent: true,
    remedy: 'find out why the key changed; if it is right: ssh-keygen -R HOST, then stackhand host trust HOST',
  },
  AuthenticationRefused: {
    permanent: true,
    remedy: 'load the right key into ssh-agent, or name it as identityFile in the config',
  },
  SudoNeedsPassword: {
    permanent: true,
    remedy: 'let the user run commands without a password (stackhand doctor prints the sudoers line), or use root',
  },
  CommandTimedOut: {
    permanent: false,
    remedy: 'look at the load and the mounts of the host; the command was killed at its deadline',
  },
  CommandFailed: { permanent: false, remedy: "read the command's own message; the operation tries again by itself" },
  ToolMissing: { permanent: true, remedy: 'install the named program on the host' },
  // what was asked for
  InvalidInput: { permanent: true, remedy: 'correct the value; --help shows the accepted ones' },
  ConfigInvalid: { permanent: true, remedy: 'correct the named line of the config file' },
  UnknownHost: { permanent: true, remedy: 'name a host of the config, or USER@ADDRESS' },
  UnknownRepository: { permanent: true, remedy: 'name a repository of the config, SERVER:/PATH, or a local directory' },
  UnknownOperation: { permanent: true, remedy: 'stackhand operation list shows them' },
  UnknownSchedule: { permanent: true, remedy: 'stackhand schedule list shows them' },
  UnknownVm: { permanent: true, remedy: 'names are exact; stackhand vm list shows them' },
  NothingSelected: { permanent: true, remedy: 'name at least one VM, or --all' },
  // a cloud
  UnknownCloud: { permanent: true, remedy: 'name a cloud of the config or of clouds.yaml, or an adminrc file by path' },
  CloudUnreachable: {
    permanent: false,
    remedy: "check the cloud's API and the network to it; the operation tries again by itself",
  },
  CloudCertificateRefused: {
    permanent: true,
    remedy: "name the CA that signed the cloud's certificate as cacert in clouds.yaml",
  },
  CloudLoginRefused: {
    permanent: true,
    remedy: "check the user, password, project and domains of that cloud in the worker's clouds.yaml or adminrc",
  },
  CloudForbidden: { permanent: true, remedy: "the cloud's policy forbids it to this user: use one with the role" },
  CloudServiceMissing: {
    permanent: true,
    remedy: 'check region_name and interface in clouds.yaml: openstack catalog list shows what is there',
  },
  MicroversionRefused: { permanent: true, remedy: 'the cloud is older than what this needs; see docs/operations.md' },
  CloudRequestInvalid: { permanent: true, remedy: "read the cloud's own words; nothing was changed" },
  CloudResourceNotFound: { permanent: true, remedy: 'it is gone, or belongs to a project this user does not see' },
  CloudConflict: { permanent: true, remedy: 'it is in another state than this needs: look at it, then try again' },
  CloudQuotaExceeded: { permanent: true, remedy: 'raise the quota of the project, or free some of it' },
  CloudBusy: { permanent: false, remedy: 'the cloud asks for fewer calls; the operation tries again by itself' },
  CloudFailed: {
    permanent: false,
    remedy: "look for the request id in the service's log; the operation tries again by itself",
  },
  CloudAnswerInvalid: {
    permanent: false,
    remedy: 'the answer was cut off, or something between here and the cloud changed it',
  },
  HostFilterIgnored: {
    permanent: true,
    remedy: 'use credentials of an administrator: Nova ignores the host filter for others, so nothing was touched',
  },
  ProjectFilterIgnored: {
    permanent: true,
    remedy: "use an administrator's credentials, or a user of that project; nothing was done",
  },
  UnknownComputeHost: {
    permanent: true,
    remedy: 'say its full name, or the first label of it where that is unique; stackhand host list shows them',
  },
  UnknownProject: { permanent: true, remedy: 'name it exactly, by name or id; openstack project list shows them' },
  // many servers
  ComputeHostDown: {
    permanent: true,
    remedy:
      'nothing can be moved away from a dead host: fence it, then nova host-evacuate rebuilds its servers elsewhere',
  },
  NoRoom: { permanent: true, remedy: 'enable or free a host that can take them: stackhand host list' },
  UnknownPlan: {
    permanent: true,
    remedy: 'only operations on servers and hosts have one, kept by the worker that made it; make a new one',
  },
  PlanExpired: { permanent: true, remedy: 'too much may have changed: make a new plan' },
  PlanChanged: { permanent: true, remedy: 'nothing was touched; make a new plan, and leave it as it is' },
  NotApproved: { permanent: true, remedy: 'nothing was touched; look at the plan, then say it again' },
  HostBusy: { permanent: true, remedy: 'wait for the other operation, or run it again without --no-wait' },
  CanaryFailed: {
    permanent: true,
    remedy: 'nothing else was touched; find out why, then: stackhand operation retry ID',
  },
  TooManyFailures: {
    permanent: true,
    remedy: 'nothing more was begun; find out why, then: stackhand operation retry ID',
  },
  FlavorsFailed: {
    permanent: true,
    remedy: 'correct what is said of each and run the same again: what is done is left alone',
  },
  // images
  ImageFileUnusable: { permanent: true, remedy: 'name a regular file that is not empty and that the worker may read' },
  ImageFileChanged: { permanent: true, remedy: 'upload it again once nobody writes to it; nothing of it was kept' },
  DownloadFailed: {
    permanent: false,
    remedy: 'check the address and the network to it; the operation tries again by itself',
  },
  ImageFormatUnclear: { permanent: true, remedy: 'say what it is: --disk-format' },
  ImageRefused: { permanent: true, remedy: 'make it whole and alone first: qemu-img convert -O qcow2 FILE NEW' },
  ScratchUnusable: { permanent: true, remedy: 'name a directory that is there, with room: --scratch' },
  ImageNotAsSent: {
    permanent: true,
    remedy: 'look for what changes data between here and the store of Glance; the image was deleted',
  },
  NoFilesWorker: {
    permanent: true,
    remedy: 'start one on this machine: stackhand dev, or stackhand worker --files; or name the file as HOST:PATH',
  },
  ServersFailed: { permanent: true, remedy: 'see each reason, then: stackhand operation retry ID' },
  // a VM that must be left alone
  AllFailed: { permanent: true, remedy: 'see each VM: stackhand operation show WORKFLOW-ID' },
  VmRefused: { permanent: true, remedy: 'nothing was touched; see the reason given' },
  ShutdownNotAgreed: { permanent: true, remedy: 'the VM runs: say --shutdown, or shut it down yourself first' },
  ShutdownTimedOut: {
    permanent: true,
    remedy: 'the guest ignored the request: look at it, allow more time (--shutdown-timeout), or say --force-off',
  },
  VmStartFailed: { permanent: false, remedy: "read libvirt's message; virsh start VM on the host shows the same" },
  VmRanDuringBackup: {
    permanent: true,
    remedy: 'somebody started the VM while it was backed up; keep it off and run the backup again',
  },
  // mounts and shares
  MountFailed: { permanent: true, remedy: 'mount the share by hand on the host to see the reason; check its exports' },
  MountBusy: { permanent: true, remedy: 'something else is mounted there: choose another mountPoint, or unmount it' },
  UnmountFailed: {
    permanent: false,
    remedy: 'see who uses the mount point (fuser -vm DIR); the operation tries again by itself',
  },
  ShareNotWritable: {
    permanent: true,
    remedy: "check the export's rw and squash options and the owner of the directory",
  },
  ShareFull: { permanent: true, remedy: 'free space on the share (stackhand vm prune), or use another repository' },
  ShareLost: { permanent: false, remedy: 'check the file server and the network' },
  // archives
  SourceUnreadable: { permanent: true, remedy: "check the disk below the image, and the file's owner and mode" },
  SourceChanged: {
    permanent: true,
    remedy: 'something wrote to the disk image while it was read; find it (lsof PATH), then run the backup again',
  },
  DestinationFull: { permanent: true, remedy: 'free space on the host, or name another --directory' },
  ArchiveCorrupt: { permanent: true, remedy: "do not trust this backup; take a new one, and check the share's disks" },
  ImageDamaged: { permanent: true, remedy: 'run qemu-img check on the image; the VM itself may be at risk' },
  PreconditionLost: { permanent: true, remedy: 'the VM was started or the share vanished under the job' },
  JobFailed: { permanent: true, remedy: "read the job's output" },
  JobLost: { permanent: true, remedy: "the job's process is gone without a result (killed, or the host rebooted)" },
  BackupNotFound: { permanent: true, remedy: 'stackhand vm backups lists what the repository holds' },
  BackupUnusable: { permanent: true, remedy: 'choose another backup; stackhand vm backups marks the good ones' },
  RepositoryBusy: { permanent: false, remedy: 'another operation holds it; wait, or stackhand operation list' },
  // restore
  RestoreRefused: { permanent: true, remedy: 'nothing was overwritten; see the reason given' },
  // the operation itself
  Abandoned: {
    permanent: true,
    remedy: 'stackhand doctor shows what was left; stackhand operation repair cleans it up',
  },
  Missed: { permanent: true, remedy: 'the start window had passed; stackhand schedule trigger runs it now' },
  GuardActed: {
    permanent: true,
    remedy: 'no worker was there for too long, so the host started the VM by itself; keep a worker running',
  },
  RecordsUnusable: {
    permanent: false,
    remedy: 'let the worker reach and write the place that records of the config names, and check its free space',
  },
  RecordsRefused: {
    permanent: true,
    remedy: 'check the database, user, password and certificates of records.postgresql in the config',
  },
  RecordDamaged: {
    permanent: true,
    remedy: 'remove the named file or row; what it held is lost, and nothing else needs it',
  },
  NewerFormat: {
    permanent: false,
    remedy:
      'upgrade this worker or command to the release that wrote it; nothing was changed, and a newer worker goes on',
  },
  Leftover: { permanent: true, remedy: 'stackhand operation repair ID puts back what an ended operation left' },
} as const satisfies Record<string, { permanent: boolean; remedy: string }>;

export type FaultType = keyof typeof faults;

/** Tells a name that came from outside (a job's fault file, another process) from a type of the list. */
export function isFaultType(name: unknown): name is FaultType {
  return typeof name === 'string' && Object.hasOwn(faults, name);
}

/** Where and what: the parts of a sentence a person can act on. Nothing here may be a secret. */
export interface FaultDetails {
  /** The host or resource it happened on. */
  readonly where?: string;
  /** Names near the one that was not found. */
  readonly candidates?: readonly string[];
  /** The last lines a command printed, capped. */
  readonly output?: string;
  /** What to do next, where it differs from the type's usual remedy. */
  readonly remedy?: string;
  /** Of a cloud's answer: the HTTP status, the id to find it by in the service's log, seconds it asks to wait. */
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfter?: number;
  /** Whether a request that failed can have had its effect. */
  readonly arrived?: 'no' | 'maybe';
}

/** A failure with a name from the list. Its message says what failed and why; `details` says where. */
export class Fault extends Error {
  readonly type: FaultType;
  readonly details: FaultDetails;

  constructor(type: FaultType, message: string, details: FaultDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Fault';
    this.type = type;
    this.details = details;
  }

  get permanent(): boolean {
    return faults[this.type].permanent;
  }

  get remedy(): string {
    return this.details.remedy ?? faults[this.type].remedy;
  }
}

/** Whether a message names the candidates by itself. */
export const namesAll = (message: string, candidates: readonly string[]): boolean =>
  candidates.every((name) => message.includes(name));

/** The message with the nearest names, where it doesn't name them by itself. */
export function withCandidates(message: string, { candidates = [] }: FaultDetails): string {
  if (namesAll(message, candidates)) return message;
  return `${message} (nearest: ${candidates.join(', ')})`;
}

/** True for a Fault, also across module realms (jest loads modules in a realm of its own). */
export function isFault(error: unknown): error is Fault {
  return (
    typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'Fault' && 'type' in error
  );
}
