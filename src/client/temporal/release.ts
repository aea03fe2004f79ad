/**
 * The one release of the Temporal CLI (which contains the server) that this program fetches by itself. 1.5.1 is the
 * newest that `go install` can build: later ones have a replace directive in their go.mod.
 */
export const release = {
  version: '1.5.1',
  module: 'github.com/temporalio/cli/cmd/temporal',
  downloads: 'https://github.com/temporalio/cli/releases/download',
  /** SHA-256 of temporal_cli_<version>_<platform>.tar.gz. */
  archives: {
    linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
    linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
    darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
    darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
  } as Readonly<Record<string, string>>,
} as const;

/** "linux_amd64", as the release names it. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform}_${arch === 'x64' ? 'amd64' : arch}`;
}
