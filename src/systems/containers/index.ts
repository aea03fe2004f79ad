export { listContainers } from './list.ts';
