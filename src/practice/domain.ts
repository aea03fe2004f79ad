import type { Disk, Domain, Guest } from './state.ts';

/** A domain as libvirt has it right after `define`: off, persistent, not started by itself. */
export function newDomain(of: {
  name: string;
  uuid: string;
  xml: string;
  disks: Disk[];
  guest?: Partial<Guest>;
}): Domain {
  return {
    name: of.name,
    uuid: of.uuid,
    xml: of.xml,
    disks: of.disks,
    persistent: true,
    autostart: false,
    managedSave: false,
    snapshots: [],
    checkpoints: [],
    reason: 'unknown',
    guest: { deaf: false, shutdownSeconds: 2.5, startSeconds: 1, ...of.guest },
    counts: { starts: 0, shutdownRequests: 0, stops: 0 },
  };
}
