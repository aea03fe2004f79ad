export type { ImageFile } from './image-file.ts';
export { hostFile } from './host-file.ts';
export { inspectImage } from './inspect-image.ts';
export { localFile } from './local-file.ts';
export { webFile } from './web-file.ts';
