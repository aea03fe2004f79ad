import type { ImageFileLook } from '../../contracts/image-upload.ts';

export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** The content of an image to be, wherever it is kept. */
export interface ImageFile {
  /** As people name it. */
  readonly label: string;

  /** @throws Fault ImageFileUnusable: not there, no file, empty, unreadable; and for a way to it that fails */
  look(signal?: AbortSignal): Promise<ImageFileLook>;

  /**
   * Parts of it; one beyond its end is shorter than asked, and one that can only be had with all the rest is undefined.
   * The beginning can always be had.
   */
  read(parts: readonly Part[], signal?: AbortSignal): Promise<(Buffer | undefined)[]>;

  /**
   * All of it, in order, once. A part is good until the next is asked for: its buffer may be used again.
   * @throws Fault ImageFileChanged where it is not, or is no longer, the file that was looked at; at its end at the
   *   latest, so nothing counts before the end
   */
  content(look: ImageFileLook, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}
