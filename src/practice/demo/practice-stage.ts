import { z } from 'zod';
import { defaultDirectory } from '../directory.ts';
import { cleanSite, startSite } from './site-process.ts';
import type { Stage, StageKind, VmState } from './stage.ts';

const siteState = z.object({
  domains: z.array(z.object({ name: z.string(), state: z.string(), starts: z.number(), stops: z.number() })),
  mounts: z.array(z.object({ mountPoint: z.string() })),
});

/** The practice site, seen through its control endpoint. */
class PracticeStage implements Stage {
  readonly host = 'practice';
  readonly repository = 'practice';
  readonly introduction = 'A host with four VMs. Nothing on it is real but SSH, the archives and the checksums.';
  /** 256 MiB in 32 seconds. */
  readonly bandwidth = '8M/s';
  readonly directory: string;
  readonly config: string;
  readonly runDirectory: string;
  readonly commands: readonly string[];
  readonly ways: Readonly<Record<string, string>>;
  readonly #control: string;

  constructor({ directory, config, control, ssh, runDirectory }: Awaited<ReturnType<typeof startSite>>) {
    this.directory = directory;
    this.config = config;
    this.runDirectory = runDirectory;
    this.#control = control;
    this.commands = [
      'stackhand vm backup db01 --host practice --shutdown',
      'stackhand vm backup deaf01 --host practice --shutdown --shutdown-timeout 20s',
      `stackhand vm restore web01 --host practice --name web02 --directory ${directory}/images --boot`,
    ];
    const options = `-p ${ssh.port} -i ${ssh.identityFile} -o UserKnownHostsFile=${ssh.knownHosts}`;
    this.ways = {
      'the practice host': `ssh ${options} ${ssh.user}@127.0.0.1 virsh list --all`,
      'make it fail': `curl ${control}/`,
    };
  }

  async vm(name: string): Promise<VmState> {
    const found = (await this.#state()).domains.find((domain) => domain.name === name);
    if (found === undefined) throw new Error(`the practice site has no ${name}`);
    return found;
  }

  async mounts(): Promise<readonly string[]> {
    return (await this.#state()).mounts.map(({ mountPoint }) => mountPoint);
  }

  async #state(): Promise<z.infer<typeof siteState>> {
    const response = await fetch(`${this.#control}/state`);
    return siteState.parse(await response.json());
  }
}

export const practice: StageKind = {
  defaultDirectory: `${defaultDirectory()}-demo`,
  open: async (directory) => new PracticeStage(await startSite(directory)),
  clear: cleanSite,
};
