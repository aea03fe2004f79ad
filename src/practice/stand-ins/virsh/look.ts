import { stateOf, type Domain } from '../../state.ts';
import { failure, mustRun, notRunning, show, type Command } from './command.ts';
import { list } from './list.ts';
import { field, table } from './table.ts';

const domstate = show({ flags: ['reason'] }, (domain, { args }) =>
  args.has('reason') ? `${stateOf(domain)} (${domain.reason})\n` : `${stateOf(domain)}\n`,
);

const dominfo = show({}, (domain) => {
  const kib = /<memory unit='KiB'>(\d+)</.exec(domain.xml)?.[1] ?? '0';
  return [
    field('Id', `${domain.run?.id ?? '-'}`),
    field('Name', domain.name),
    field('UUID', domain.uuid),
    field('OS Type', 'hvm'),
    field('State', stateOf(domain)),
    field('CPU(s)', '1'),
    ...(domain.run === undefined ? [] : [field('CPU time', `${((Date.now() - domain.run.since) / 1e4).toFixed(1)}s`)]),
    field('Max memory', `${kib} KiB`),
    field('Used memory', `${kib} KiB`),
    field('Persistent', domain.persistent ? 'yes' : 'no'),
    field('Autostart', domain.autostart ? 'enable' : 'disable'),
    field('Managed save', domain.managedSave ? 'yes' : 'no'),
    field('Security model', 'none'),
    field('Security DOI', '0'),
  ].join('');
});

const dumpxml = show({ flags: ['inactive', 'security-info', 'update-cpu', 'migratable'] }, (domain, { args }) =>
  domain.run === undefined || args.has('inactive')
    ? domain.xml
    : domain.xml.replace(/^<domain /, `<domain id='${domain.run.id}' `),
);

const domblklist = show({ flags: ['inactive', 'details'] }, ({ disks }, { args, quiet }) =>
  args.has('details')
    ? table(
        ['Type', 'Device', 'Target', 'Source'],
        disks.map(({ type, device, target, path }) => [type, device, target, path ?? '-']),
        quiet,
      )
    : table(
        ['Target', 'Source'],
        disks.map(({ target, path }) => [target, path ?? '-']),
        quiet,
      ),
);

const blockjob = show(
  { data: ['path'], flags: ['info', 'raw', 'bytes', 'abort', 'async', 'pivot'] },
  (domain, { args }) => {
    const path = args.need('path');
    if (domain.run === undefined) throw failure(notRunning);
    if (!domain.disks.some((disk) => disk.target === path || disk.path === path)) {
      throw failure(`invalid argument: disk '${path}' not found in domain`);
    }
    return args.has('raw') ? '' : `No current block job for ${path}`;
  },
);

const domjobinfo = show({ flags: ['completed', 'keep-completed', 'anystats', 'rawstats'] }, (domain) => {
  if (domain.run === undefined) throw failure(notRunning);
  return 'Job type:         None        \n';
});

/** Interfaces of a domain: its MACs, in order. */
function interfaces({ xml }: Domain): string[] {
  return [...xml.matchAll(/<mac address='([^']+)'/g)].map((match) => match[1] as string);
}

const domifaddr = show({ data: ['interface?'], options: ['source'], flags: ['full'] }, (domain, { args, quiet }) => {
  const what = 'Failed to query for interfaces addresses';
  mustRun(domain, what);
  const source = args.get('source') ?? 'lease';
  if (source === 'agent') throw failure(what, 'argument unsupported: QEMU guest agent is not configured');
  const header = ` Name       MAC address          Protocol     Address\n${'-'.repeat(79)}\n`;
  const rows = interfaces(domain).map((mac, index) => {
    const last = Number.parseInt(mac.slice(-2), 16);
    return ` ${`vnet${index}`.padEnd(10)} ${mac.padEnd(17)}    ${'ipv4'.padEnd(12)} 192.168.122.${last}/24\n`;
  });
  return (quiet ? '' : header) + rows.join('');
});

const domiflist = show({ flags: ['inactive'] }, (domain, { quiet }) =>
  table(
    ['Interface', 'Type', 'Source', 'Model', 'MAC'],
    interfaces(domain).map((mac, index) => [
      domain.run === undefined ? '-' : `vnet${index}`,
      'network',
      'default',
      'virtio',
      mac,
    ]),
    quiet,
  ),
);

export const look: Record<string, Command> = {
  list,
  domstate,
  dominfo,
  dumpxml,
  domuuid: show({}, ({ uuid }) => `${uuid}\n`),
  domname: show({}, ({ name }) => `${name}\n`),
  domblklist,
  blockjob,
  domjobinfo,
  domifaddr,
  domiflist,
};
