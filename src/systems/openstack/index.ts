/** OpenStack's REST APIs: a session, and functions that know one resource each. Nothing of Temporal. */
export { CallLimit } from './call-limit.ts';
export {
  allowFlavor,
  createFlavor,
  deleteFlavor,
  describeFlavor,
  findFlavor,
  flavorProjects,
  isFlavorInUse,
  listFlavors,
  refuseFlavor,
  setFlavorProperties,
  unsetFlavorProperty,
} from './compute/flavors.ts';
export { listComputeHosts, listComputeServices, listHypervisors, listRoom, setScheduling } from './compute/hosts.ts';
export { instanceActionFailure, listInstanceActions } from './compute/instance-actions.ts';
export { abortMigration, forceCompleteMigration, listMigrations } from './compute/migrations.ts';
export {
  confirmMigration,
  deleteServer,
  liveMigrateServer,
  migrateServer,
  startServer,
  stopServer,
} from './compute/server-actions.ts';
export type { Asked, BlockMigration } from './compute/server-actions.ts';
export {
  createImage,
  deleteImage,
  findImage,
  importFailure,
  importFromWeb,
  importMethods,
  listImages,
  updateImage,
  uploadImage,
} from './image/images.ts';
export type { ImageChanges } from './image/images.ts';
export { listServerGroups } from './compute/server-groups.ts';
export type { ServerGroup } from './compute/server-groups.ts';
export { findServer, listServers } from './compute/servers.ts';
export type { ServerFilter } from './compute/servers.ts';
export { listProjects } from './identity/projects.ts';
export type { Project } from './identity/projects.ts';
export { listNetworkAgents } from './network/agents.ts';
export { floatingIpsOf, portsLeft, portsOf } from './network/ports.ts';
export type { FloatingIp, Port } from './network/ports.ts';
export { consumersOf, hasAllocation, hasRoomForServers, listResourceProviders } from './placement/providers.ts';
export { Session, usualCalls } from './session.ts';
export { listVolumeServices } from './volume/services.ts';
