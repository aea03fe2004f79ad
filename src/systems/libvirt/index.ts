/** virsh and domain XML, over a Host: functions that know libvirt and nothing of Temporal. */
export { domainAddresses } from './addresses.ts';
export { cloneDomainXml, type CloneOptions } from './clone.ts';
export { defineDomain, undefineDomain } from './define.ts';
export { describedVm } from './described.ts';
export { dumpDomain, type DomainDump } from './dump.ts';
export { listDomains } from './list.ts';
export { liveFiles } from './live-files.ts';
export { lookDomain } from './look.ts';
export { domainNames } from './names.ts';
export { poolRefreshFor } from './pools.ts';
export { autostartDomain, destroyDomain, domainState, dropManagedSave, requestShutdown, startDomain } from './power.ts';
