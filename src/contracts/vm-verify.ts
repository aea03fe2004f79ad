/** Read backups again and hold them against their manifests. */
export interface VmVerify {
  readonly host: string;
  readonly repository?: string;
  /** Paths as `vm backups` lists them, or VM names for their newest; or all. */
  readonly backups?: readonly string[];
  readonly all?: boolean;
}

export interface VmVerifyResult {
  readonly good: readonly string[];
  readonly damaged: readonly { readonly path: string; readonly why: string }[];
  /** Those that could not be read to their end: the way to them failed, which says nothing about them. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
}
