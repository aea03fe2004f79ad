/** Formats that Glance knows by these names (glance `disk_formats`). */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' | 'iso' | 'ami' | 'ari' | 'aki' | 'ploop';

export type ImageVisibility = 'private' | 'shared' | 'community' | 'public';

/** Fields that Glance itself has (api-ref image v2, "Show image"); everything else of an image is a property. */
export const imageFields = [
  ...(['checksum', 'container_format', 'created_at', 'direct_url', 'disk_format', 'file', 'id', 'locations'] as const),
  ...(['min_disk', 'min_ram', 'name', 'os_hash_algo', 'os_hash_value', 'os_hidden', 'owner', 'protected'] as const),
  ...(['schema', 'self', 'size', 'status', 'stores', 'tags', 'updated_at', 'virtual_size', 'visibility'] as const),
] as const;

/** What an image is made as. */
export interface ImageSpec {
  readonly id: string;
  readonly name: string;
  readonly diskFormat: DiskFormat;
  readonly containerFormat: string;
  readonly visibility: ImageVisibility;
  readonly protected: boolean;
  readonly tags: readonly string[];
  /** GB. */
  readonly minDisk: number;
  /** MB. */
  readonly minRam: number;
  /** What Glance and Nova read of it, and what people add: all text. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A digest of a content: `algorithm` by the name that Python's hashlib has for it, `value` in hexadecimal. */
export interface ImageDigest {
  readonly algorithm: string;
  readonly value: string;
}

/** An image as Glance has it. */
export interface Image extends Omit<ImageSpec, 'diskFormat' | 'containerFormat'> {
  readonly diskFormat: string | undefined;
  readonly containerFormat: string | undefined;
  /** queued: no content yet; saving: content on its way; active: whole. */
  readonly status: string;
  readonly hidden: boolean;
  /** Bytes; undefined before there is content. */
  readonly size: number | undefined;
  /** Glance's own digest of the content, and its algorithm; undefined before there is content. */
  readonly hash: ImageDigest | undefined;
  readonly ownerId: string | undefined;
  readonly created: string;
}
