import type { DiskFormat, Image, ImageDigest, ImageVisibility } from './image.ts';
import type { HostTarget } from './targets.ts';

/** Where the content of an image comes from. */
export type ImageSource =
  /** A file of the machine on which the command was typed; a worker of that machine reads it. */
  | { readonly from: 'machine'; readonly machine: string; readonly path: string }
  /** A file of a host of the config, streamed through a worker. */
  | { readonly from: 'host'; readonly host: string; readonly path: string }
  | { readonly from: 'url'; readonly url: string };

/** The same with its host resolved, as activities are given it. */
export type ImageOrigin =
  Exclude<ImageSource, { from: 'host' }> | { readonly from: 'host'; readonly host: HostTarget; readonly path: string };

/** The input of `image upload`. */
export interface ImageUpload {
  readonly cloud?: string;
  readonly source: ImageSource;
  readonly name: string;
  /** What the content is, where it and the file's name say different things, or nothing. */
  readonly diskFormat?: DiskFormat;
  readonly containerFormat?: string;
  readonly visibility?: ImageVisibility;
  readonly protected?: boolean;
  readonly tags?: readonly string[];
  /** GB. */
  readonly minDisk?: number;
  /** MB. */
  readonly minRam?: number;
  readonly properties?: Readonly<Record<string, string>>;
  /** Made this format first, by qemu-img where the file is. */
  readonly convert?: 'raw' | 'qcow2';
  /** Directory there for what is converted; the file's own otherwise. */
  readonly scratch?: string;
  /** Images of that name in the project are hidden and renamed once the new one is active. */
  readonly replace?: boolean;
  /** Sent although the same content is there under that name. */
  readonly force?: boolean;
}

/** A file as it was looked at. */
export interface ImageFileLook {
  /** Bytes. */
  readonly size: number;
  /** What must stay as it is until all was read: size, time of the last change, inode. */
  readonly pin: string;
}

export interface ImageFormatLook extends ImageFileLook {
  readonly diskFormat: DiskFormat;
  /** Bytes that a server sees, where the format says so. */
  readonly virtualSize?: number;
  /** Only its beginning could be had, so nothing shows whether it was cut off. */
  readonly unseen?: boolean;
}

/** What is in the cloud under the name of an image to come. */
export interface ImageSurroundings {
  /** Active images of that name in the project, the newest first. */
  readonly namesakes: readonly Image[];
  /** The digest that this Glance makes, as an image of it shows. */
  readonly algorithm: string;
  /** Glance fetches by itself what a URL names. */
  readonly webDownload: boolean;
}

/** An image as an activity finds it again. */
export interface ImagePlace {
  readonly cloud: string;
  readonly cloudKey: string;
  readonly id: string;
}

/** How a sending ended: with the digest of what was sent, or stuck, and then only another id helps. */
export type ImageSent = { readonly digest: ImageDigest } | { readonly stuck: string };

export interface ImageUploadResult {
  readonly cloud: string;
  readonly image: Image;
  /** False where the same content was there already. */
  readonly sent: boolean;
  /** Images that were hidden and renamed, by id. */
  readonly replaced: readonly { readonly id: string; readonly name: string }[];
}

/** What follows the path may be a signature that lets whoever has it in: it is in no title, message or report. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '');

/** As people name it. */
export const imageSourceText = (source: ImageSource | ImageOrigin): string => {
  if (source.from === 'url') return withoutQuery(source.url);
  if (source.from === 'machine') return source.path;
  return `${typeof source.host === 'string' ? source.host : source.host.name}:${source.path}`;
};

/** "Upload noble.img as noble in lab". */
export const imageUploadTitle = ({ source, name, cloud }: ImageUpload): string =>
  `Upload ${imageSourceText(source)} as ${name}${cloud === undefined ? '' : ` in ${cloud}`}`;
