export { clusterOf } from './cluster.ts';
export { machineFacts } from './facts.ts';
export type { FileSystem, MachineFacts } from './facts.ts';
