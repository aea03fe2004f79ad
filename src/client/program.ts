import { Command, Option } from 'commander';
import type { Cli } from './cli.ts';
import { auditExport } from './commands/audit-export.ts';
import { auditVerify } from './commands/audit-verify.ts';
import { cloudImport } from './commands/cloud-import.ts';
import { completion } from './commands/completion.ts';
import { demo } from './commands/demo.ts';
import { dev } from './commands/dev.ts';
import { doctor } from './commands/doctor.ts';
import { flavorCreate } from './commands/flavor-create.ts';
import { flavorExport } from './commands/flavor-export.ts';
import { flavorImport } from './commands/flavor-import.ts';
import { healthBaseline } from './commands/health-baseline.ts';
import { healthCheck } from './commands/health-check.ts';
import { healthReport } from './commands/health-report.ts';
import { healthSchedule } from './commands/health-schedule.ts';
import { hostDrain } from './commands/host-drain.ts';
import { hostList } from './commands/host-list.ts';
import { hostRestore } from './commands/host-restore.ts';
import { hostTrust } from './commands/host-trust.ts';
import { imageUpload } from './commands/image-upload.ts';
import { init } from './commands/init.ts';
import { operationAbandon } from './commands/operation-abandon.ts';
import { operationApprove } from './commands/operation-approve.ts';
import { operationCancel } from './commands/operation-cancel.ts';
import { operationFollow } from './commands/operation-follow.ts';
import { operationLimit } from './commands/operation-limit.ts';
import { operationList } from './commands/operation-list.ts';
import { operationPause } from './commands/operation-pause.ts';
import { operationRepair } from './commands/operation-repair.ts';
import { operationResume } from './commands/operation-resume.ts';
import { operationRetry } from './commands/operation-retry.ts';
import { operationServers } from './commands/operation-servers.ts';
import { operationShow } from './commands/operation-show.ts';
import { operationUndo } from './commands/operation-undo.ts';
import { planApply } from './commands/plan-apply.ts';
import { scheduleCreate } from './commands/schedule-create.ts';
import { scheduleList } from './commands/schedule-list.ts';
import { schedulePause } from './commands/schedule-pause.ts';
import { scheduleRemove } from './commands/schedule-remove.ts';
import { scheduleResume } from './commands/schedule-resume.ts';
import { scheduleShow } from './commands/schedule-show.ts';
import { scheduleTrigger } from './commands/schedule-trigger.ts';
import { serverDelete } from './commands/server-delete.ts';
import { serverList } from './commands/server-list.ts';
import { serverMigrate } from './commands/server-migrate.ts';
import { serverStart } from './commands/server-start.ts';
import { serverStop } from './commands/server-stop.ts';
import { vmBackup } from './commands/vm-backup.ts';
import { vmBackups } from './commands/vm-backups.ts';
import { vmList } from './commands/vm-list.ts';
import { vmPrune } from './commands/vm-prune.ts';
import { vmRestore } from './commands/vm-restore.ts';
import { vmVerify } from './commands/vm-verify.ts';
import { worker } from './commands/worker.ts';
import { environment, group } from './define.ts';
import type { GlobalOptions } from './settings.ts';
import { version } from './version.ts';

/** Told the options that every command has, before the command runs. */
export type Configure = (options: GlobalOptions, command: Command) => void;

/** The whole command tree. */
export function createProgram(cli: Cli, configure: Configure): Command {
  const program = new Command('stackhand')
    .description('Durable operations for libvirt hosts and OpenStack clouds, on Temporal.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.out.streams.stdout.write(text),
      writeErr: (text) => cli.out.streams.stderr.write(text),
    })
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  program.addHelpText(
    'after',
    () => `\nEnvironment:\n${environment.map(([name, meaning]) => `  ${name}\n      ${meaning}`).join('\n')}`,
  );
  for (const option of globalOptions()) program.addOption(option);
  program.hook('preAction', (_program, command) => configure(command.optsWithGlobals(), command));

  const vm = group(program, 'vm', 'virtual machines of libvirt hosts, and their backups');
  for (const add of [vmList, vmBackup, vmBackups, vmVerify, vmRestore, vmPrune]) add(vm, cli);

  const server = group(program, 'server', 'servers of OpenStack clouds, many at once');
  for (const add of [serverList, serverMigrate, serverStop, serverStart, serverDelete]) add(server, cli);
  const flavor = group(program, 'flavor', 'flavors of OpenStack clouds, one or many');
  for (const add of [flavorCreate, flavorImport, flavorExport]) add(flavor, cli);
  imageUpload(group(program, 'image', 'images of OpenStack clouds'), cli);
  const health = group(program, 'health', 'the health of hosts, containers, logs, services and backups');
  for (const add of [healthCheck, healthReport, healthBaseline]) add(health, cli);
  healthSchedule(health, cli, createProgram);
  cloudImport(group(program, 'cloud', 'OpenStack clouds that a worker knows'), cli);
  planApply(group(program, 'plan', 'plans that were saved'), cli);

  const operation = group(program, 'operation', 'operations that run or have run');
  for (const add of [operationList, operationShow, operationFollow, operationCancel]) add(operation, cli);
  for (const add of [operationServers, operationApprove, operationRetry, operationUndo, operationLimit])
    add(operation, cli);
  for (const add of [operationPause, operationResume, operationAbandon, operationRepair]) add(operation, cli);

  const audit = group(program, 'audit', 'who asked, who approved, why, and what was done');
  for (const add of [auditVerify, auditExport]) add(audit, cli);

  const schedule = group(program, 'schedule', 'operations that run by themselves');
  scheduleCreate(schedule, cli, createProgram);
  for (const add of [scheduleList, scheduleShow, schedulePause]) add(schedule, cli);
  for (const add of [scheduleResume, scheduleTrigger, scheduleRemove]) add(schedule, cli);

  const host = group(program, 'host', 'compute hosts of a cloud, for maintenance; and hosts reached over SSH');
  for (const add of [hostList, hostDrain, hostRestore, hostTrust]) add(host, cli);
  for (const add of [demo, doctor, dev, worker, init, completion]) add(program, cli);
  return program;
}

function globalOptions(): Option[] {
  return [
    new Option('--json', 'the answer as one JSON document on stdout'),
    new Option('--quiet', 'no story on stderr, only errors'),
    new Option('--no-color', 'no colours; the same with NO_COLOR set'),
    new Option(
      '--config <file>',
      'config file; else STACKHAND_CONFIG, ./stackhand.yaml, ~/.config/stackhand/config.yaml',
    ),
    new Option('--address <host:port>', 'Temporal, instead of TEMPORAL_ADDRESS or the profile'),
    new Option('--namespace <name>', 'namespace of it, instead of TEMPORAL_NAMESPACE or the profile'),
    new Option('--profile <name>', "profile of Temporal's temporal.toml"),
  ];
}
