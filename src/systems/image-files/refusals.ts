import { Fault } from '../../contracts/faults.ts';

export const unusable = (label: string, why: string, where?: string): Fault =>
  new Fault('ImageFileUnusable', `${label} can't be uploaded: ${why}`, where === undefined ? {} : { where });

export const changed = (label: string, why: string, where?: string): Fault =>
  new Fault('ImageFileChanged', `${label} changed under the upload: ${why}`, where === undefined ? {} : { where });
