/**
 * Practice hosts: many machines with containers and logs to look at, in one process. Real SSH on loopback and real
 * commands, each host over a directory of its own; only podman is a stand-in, which answers from files that say what the
 * real one says. Like the practice site it imports nothing of the program.
 *
 *   node dist/practice/hosts.js --directory DIR [--hosts N] [--latency MILLISECONDS]
 *
 * One line of JSON on stdout says that they are ready and where; it ends on SIGTERM or SIGINT. Of a host NAME,
 * DIR/NAME/containers/CONTAINER.json is what `podman inspect` says of that container, and logs lie where one puts them.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareDirectory } from './directory.ts';
import { keysOf, writeKnownHosts } from './keys.ts';
import { startSshServer } from './ssh-server.ts';

interface PracticeHost {
  readonly name: string;
  readonly directory: string;
  readonly entry: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

async function startHost(root: string, name: string, latency: number): Promise<PracticeHost> {
  const scratch = prepareDirectory(join(root, name));
  const keys = keysOf(scratch);
  writePodman(scratch.bin, join(scratch.directory, 'containers'));
  const ssh = await startSshServer(scratch, keys, 0);
  const relay = latency > 0 ? await startRelay(ssh.port, latency / 2) : undefined;
  const port = relay?.port ?? ssh.port;
  writeKnownHosts(scratch, port);
  return {
    name,
    directory: scratch.directory,
    entry: {
      ...{ address: '127.0.0.1', port, user: userInfo().username, sudo: false },
      ...{ identityFile: keys.identityFile, knownHosts: scratch.knownHosts },
      ...{ runDirectory: scratch.run, stateDirectory: scratch.var },
    },
    stop: async () => {
      relay?.close();
      await ssh.close();
    },
  };
}

/** Containers are called by their names here, also where the real one has ids. */
function writePodman(bin: string, containers: string): void {
  for (const directory of [bin, containers]) mkdirSync(directory, { recursive: true });
  const file = join(bin, 'podman');
  const script = `#!/bin/sh
cd '${containers}' || exit 125
case $1 in
  ps) ls | sed -n 's/\\.json$//p' ;;
  inspect)
    shift 3
    answer='['
    for name; do
      one=$(cat "$name.json") || { echo "Error: no such container $name" >&2; exit 125; }
      [ "$answer" = '[' ] || answer=$answer,
      answer=$answer$one
    done
    printf '%s]\\n' "$answer" ;;
  *) echo "Error: the podman of a practice host knows ps and inspect" >&2; exit 125 ;;
esac
`;
  writeFileSync(`${file}.new`, script, { mode: 0o755 });
  renameSync(`${file}.new`, file);
}

/** A way to a port on which every byte takes so many milliseconds. */
async function startRelay(target: number, delay: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), delay));
    from.on('end', () => setTimeout(() => to.end(), delay));
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      hosts: { type: 'string', default: '3' },
      latency: { type: 'string', default: '0' },
    },
  });
  const { directory } = values;
  if (directory === undefined) throw new Error('say where: --directory DIR');
  mkdirSync(directory, { recursive: true });
  const names = Array.from({ length: Number(values.hosts) }, (_, at) => `host${String(at + 1)}`);
  const hosts = await Promise.all(names.map((name) => startHost(directory, name, Number(values.latency))));
  const stop = async (): Promise<void> => {
    await Promise.all(hosts.map((host) => host.stop()));
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  const ready = hosts.map(({ name, directory: at, entry }) => ({ name, directory: at, entry }));
  process.stdout.write(`${JSON.stringify({ practice: true, hosts: ready })}\n`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`practice hosts: ${(error as Error).message}\n`);
  process.exit(1);
});
