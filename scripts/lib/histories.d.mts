export interface RecordedRelease {
  readonly release: string;
  readonly names: readonly string[];
  readonly manifest:
    | {
        readonly release: string;
        readonly workflows: readonly string[];
        readonly digests: Readonly<Record<string, string>>;
        /** Why nobody can upgrade from it any more with operations under way. */
        readonly unsupported?: string;
      }
    | undefined;
}

export const next: string;
export function historyText(history: unknown): string;
export function recordedReleases(directory: string): Promise<RecordedRelease[]>;
export function workflowTypes(index: string): string[];
export function typeOf(history: unknown): string;
export function sealRelease(directory: string, release: string, workflows: readonly string[]): Promise<void>;
export function problemsOf(directory: string, releases: readonly string[]): Promise<string[]>;
