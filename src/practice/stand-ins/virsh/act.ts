import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateOf, switchOff, switchOn, type Domain } from '../../state.ts';
import { seconds, type Site } from '../stand-in.ts';
import { act, failure, mustRun, notRunning, type Command } from './command.ts';

const savePath = (site: Site, { name }: Domain): string => join(site.scratch.saves, `${name}.save`);

const start = act(
  { flags: ['paused', 'force-boot', 'bypass-cache', 'autodestroy', 'console'] },
  (domain, { site, args }, state) => {
    if (domain.run !== undefined) throw failure('Domain is already active');
    const missing = domain.disks.find(({ path }) => path !== undefined && !existsSync(path));
    if (missing?.path !== undefined) {
      domain.reason = 'failed';
      throw failure(
        `Failed to start domain '${domain.name}'`,
        `Cannot access storage file '${missing.path}': No such file or directory`,
      );
    }
    domain.managedSave = false;
    rmSync(savePath(site, domain), { force: true });
    switchOn(state, domain, { paused: args.has('paused') });
    return `Domain '${domain.name}' started\n`;
  },
  // The guest runs from the moment it was committed; as with libvirt, killing the client changes nothing.
  { after: ({ guest }) => seconds(guest.startSeconds) },
);

const shutdown = act({ options: ['mode'] }, (domain) => {
  if (stateOf(domain) !== 'running') throw failure(`Failed to shutdown domain '${domain.name}'`, notRunning);
  const { guest, run, counts } = domain;
  counts.shutdownRequests += 1;
  if (guest.deaf === false && run !== undefined) run.offAt ??= Date.now() + guest.shutdownSeconds * 1000;
  if (typeof guest.deaf === 'number') guest.deaf = guest.deaf > 1 ? guest.deaf - 1 : false;
  return `Domain '${domain.name}' is being shutdown\n`;
});

const destroy = act(
  { flags: ['graceful', 'remove-logs'] },
  (domain, _context, state) => {
    mustRun(domain, `Failed to destroy domain '${domain.name}'`);
    switchOff(state, domain, 'destroyed');
    return `Domain '${domain.name}' destroyed\n`;
  },
  // A write of the guest's that was under way lands before the client hears that it is off.
  { after: () => seconds(0.3) },
);

const suspend = act({}, (domain) => {
  mustRun(domain, `Failed to suspend domain '${domain.name}'`);
  if (domain.run !== undefined) domain.run.paused = true;
  domain.reason = 'user';
  return `Domain '${domain.name}' suspended\n`;
});

const resume = act({}, (domain) => {
  const what = `Failed to resume domain '${domain.name}'`;
  mustRun(domain, what);
  if (domain.run?.paused !== true) throw failure(what, 'Requested operation is not valid: domain is already running');
  delete domain.run.paused;
  domain.reason = 'unpaused';
  return `Domain '${domain.name}' resumed\n`;
});

const managedsave = act({ flags: ['bypass-cache', 'running', 'paused'] }, (domain, { site }, state) => {
  mustRun(domain, `Failed to save domain '${domain.name}' state`);
  mkdirSync(site.scratch.saves, { recursive: true });
  writeFileSync(savePath(site, domain), 'the memory of a practice guest\n');
  domain.managedSave = true;
  switchOff(state, domain, 'saved');
  return `\nDomain '${domain.name}' state saved by libvirt\n`;
});

const managedsaveRemove = act({}, (domain, { site }) => {
  if (!domain.managedSave) return `Domain '${domain.name}' has no manage save image; removal skipped`;
  domain.managedSave = false;
  rmSync(savePath(site, domain), { force: true });
  return `Removed managedsave image for domain '${domain.name}'`;
});

const autostart = act({ flags: ['disable'] }, (domain, { args }) => {
  const marked = args.has('disable') ? 'unmarked' : 'marked';
  if (!domain.persistent) {
    throw failure(
      `Failed to mark domain '${domain.name}' as autostarted`,
      'Requested operation is not valid: cannot set autostart for transient domain',
    );
  }
  domain.autostart = !args.has('disable');
  return `Domain '${domain.name}' ${marked} as autostarted\n`;
});

export const actions: Record<string, Command> = {
  start,
  shutdown,
  destroy,
  suspend,
  resume,
  managedsave,
  'managedsave-remove': managedsaveRemove,
  autostart,
};
