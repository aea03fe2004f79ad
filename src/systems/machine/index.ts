export { clusterOf } from './cluster.ts';
export { machineFacts } from './facts.ts';
