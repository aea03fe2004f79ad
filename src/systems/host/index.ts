export * from './files.ts';
export * from './host.ts';
export { HostPool, openHost } from './pool.ts';
export { scanHostKey, trustHostKey, type HostKey } from './trust.ts';
export type { HostOptions } from './settings.ts';
