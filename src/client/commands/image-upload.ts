import { hostname } from 'node:os';
import type { Command } from 'commander';
import { Option } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { DiskFormat, ImageVisibility } from '../../contracts/image.ts';
import { containerFormats, diskFormats, imageUpload as operation } from '../../contracts/image-upload.schema.ts';
import type { ImageSource, ImageUpload } from '../../contracts/image-upload.ts';
import { filesSite, siteQueue } from '../../contracts/operation.ts';
import { imageNameOf } from '../../domain/images/disk-format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { collect, given, keyAndValue, whole } from '../input.ts';
import { imageSourceSaid } from '../image-source.ts';
import { pollers } from '../queues.ts';
import { cloudOption, warnOfShellCloud } from './server-options.ts';
import { detachOption, reasonOption } from './shared.ts';

interface Options {
  readonly cloud?: string;
  readonly name?: string;
  readonly diskFormat?: DiskFormat;
  readonly containerFormat?: string;
  readonly public?: boolean;
  readonly shared?: boolean;
  readonly community?: boolean;
  readonly protected?: boolean;
  readonly tag?: readonly string[];
  readonly minDisk?: number;
  readonly minRam?: number;
  readonly property?: readonly string[];
  readonly convert?: 'raw' | 'qcow2';
  readonly scratch?: string;
  readonly replace?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly detach?: boolean;
}

/** Properties that have an option of their own, by the names that Glance documents ("Useful image properties"). */
const documented: readonly (readonly [string, string])[] = [
  ['os_distro', "the distribution, by libosinfo's short name: ubuntu, rhel, debian"],
  ['os_version', 'its version: 24.04'],
  ['os_type', 'linux or windows'],
  ['os_admin_user', 'the user who administers it: ubuntu, cloud-user'],
  ['architecture', 'the CPU architecture: x86_64, aarch64'],
  ['hw_disk_bus', 'the bus of disks: virtio, scsi, ide'],
  ['hw_scsi_model', 'the SCSI controller: virtio-scsi'],
  ['hw_vif_model', 'the network card: virtio, e1000'],
  ['hw_firmware_type', 'bios or uefi'],
  ['hw_machine_type', 'the machine type: q35'],
  ['hw_qemu_guest_agent', 'yes where the guest runs the agent'],
];
const optionOf = (property: string): string => property.replaceAll('_', '-');
const keyOf = (property: string): string => property.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

export function imageUpload(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'upload [path]',
    'Upload an image, and prove that the cloud has what the file has: hashed while it is sent, held against what Glance says. PATH is a file of this machine, HOST:PATH one of a host of the config, or https://…; one that refers to other files, or can be seen to be cut off, is refused. The same content under that name is not sent again. On a terminal without PATH it asks.',
    {
      endings: operationEndings,
      instead: {
        done: 'the image is active with that content, or was there already',
        partial: 'it is there, and differs from what was asked for; or one that it replaces could not be set aside',
        failed: 'nothing of it was left in the cloud',
      },
      schedulable: true,
      examples: [
        ['a file of this machine', 'stackhand image upload noble.img --os-distro ubuntu --os-version 24.04'],
        [
          'one of a host, made raw there first, for Ceph',
          'stackhand image upload kvm1:/images/noble.qcow2 --convert raw',
        ],
        [
          'from the web, instead of the one that is there',
          'stackhand image upload https://cloud-images.example/noble.img --name noble --replace --public',
        ],
      ],
    },
  )
    .addOption(cloudOption())
    .option('--name <name>', 'its name; that of the file, without .img, .qcow2 and the like, otherwise')
    .addOption(
      new Option('--disk-format <format>', 'what the content is, where it and the name of the file disagree').choices(
        diskFormats,
      ),
    )
    .addOption(new Option('--container-format <format>', 'bare by default').choices(containerFormats))
    .addOption(
      new Option('--public', 'for every project; administrators only, in most clouds').conflicts([
        'shared',
        'community',
      ]),
    )
    .addOption(new Option('--shared', 'for projects that are made its members').conflicts(['public', 'community']))
    .addOption(new Option('--community', 'for whoever knows its id').conflicts(['public', 'shared']))
    .option('--protected', 'nobody deletes it before that is taken back')
    .option('--tag <tag>', 'a tag (repeatable)', collect)
    .option('--min-disk <GB>', 'no server with a smaller disk', whole(0, 2_147_483_647))
    .option('--min-ram <MB>', 'no server with less RAM', whole(0, 2_147_483_647))
    .option('--property <key=value>', 'any property (repeatable)', collect);
  for (const [property, meaning] of documented) command.option(`--${optionOf(property)} <value>`, meaning);
  command
    .addOption(
      new Option('--convert <format>', 'made this format first, by qemu-img where the file is').choices([
        'raw',
        'qcow2',
      ]),
    )
    .option('--scratch <directory>', "directory there for what is converted; the file's own by default")
    .option('--replace', 'images of that name in the project are hidden and renamed once this one is active')
    .option('--force', 'send it although the same content is there under that name')
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (path: string | undefined, options: Options & Record<string, unknown>) => {
      warnOfShellCloud(cli, options.cloud);
      const source = imageSourceSaid(path ?? (await askPath(cli)));
      const name = options.name ?? (path === undefined ? await askName(cli, source) : usualName(source));
      const { cloud, diskFormat, containerFormat, tag: tags, minDisk, minRam, convert, scratch } = options;
      const input = given<ImageUpload>({
        ...{ cloud, source, name, diskFormat, containerFormat, tags, minDisk, minRam, convert, scratch },
        visibility: visibilityOf(options),
        protected: options.protected,
        properties: propertiesOf(options),
        replace: options.replace,
        force: options.force,
      });
      if (source.from === 'machine' && !cli.planning) await checkFilesWorker(cli, source.machine);
      const { detach, reason } = options;
      await cli.start(operation, input, { detach, reason });
    });
}

async function askPath(cli: Cli): Promise<string> {
  if (!cli.out.settings.interactive || cli.planning)
    throw new Fault('InvalidInput', 'say which file: PATH is missing', { remedy: 'PATH, HOST:PATH or https://…' });
  return (await cli.ask.text('File (PATH, HOST:PATH or https://…):')).trim();
}

async function askName(cli: Cli, source: ImageSource): Promise<string> {
  const usual = usualName(source);
  const said = (await cli.ask.text(`Name [${usual}]:`)) ?? '';
  return said.trim() === '' ? usual : said.trim();
}

const usualName = (source: ImageSource): string =>
  imageNameOf(source.from === 'url' ? new URL(source.url).pathname : source.path);

const visibilityOf = ({ public: everybody, shared, community }: Options): ImageVisibility | undefined =>
  everybody === true ? 'public' : shared === true ? 'shared' : community === true ? 'community' : undefined;

function propertiesOf(options: Options & Record<string, unknown>): Record<string, string> | undefined {
  const named = documented.flatMap(([property]) => {
    const value = options[keyOf(property)];
    return typeof value === 'string' ? [[property, value] as const] : [];
  });
  const said = (options.property ?? []).map((text) => keyAndValue('--property', text));
  return named.length + said.length === 0 ? undefined : Object.fromEntries([...named, ...said]);
}

/** Found out before anything is started: otherwise it would wait for such a worker. */
async function checkFilesWorker(cli: Cli, machine: string): Promise<void> {
  const { client } = await cli.temporal();
  if ((await pollers(client, siteQueue(filesSite(machine)), 'activities')).length > 0) return;
  throw new Fault('NoFilesWorker', `no worker of this machine (${hostname()}) reads its files`);
}
