export { listContainers } from './list.ts';
export type { Container, Containers } from './list.ts';
