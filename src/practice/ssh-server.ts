import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { runCommand } from './commands.ts';
import type { FaultRule } from './faults.ts';
import type { Keys } from './keys.ts';
import type { Scratch } from './scratch.ts';

/** As OpenSSH's MaxSessions: a client that opens more channels on one connection is refused. */
const maxSessions = 10;

export interface SshServer {
  readonly port: number;
  readonly connections: number;
  /** Cuts every connection, as a network that fails. What runs goes on. */
  drop(): void;
  /** Takes over what the fault "ssh" says; connections that exist are left alone. */
  apply(rule: FaultRule | undefined): Promise<void>;
  close(): Promise<void>;
}

/**
 * A real SSH server on loopback for the user who started the site, with one key. Each command runs as sshd runs it: in
 * a session of its own, by a shell, and on past the end of the connection.
 */
export async function startSshServer(scratch: Scratch, keys: Keys, wantedPort: number): Promise<SshServer> {
  let rule: FaultRule | undefined;
  const sockets = new Set<Socket>();
  const serve = (connection: Connection): void => {
    connection.on('error', () => connection.end());
    connection.on('authentication', (context) => authenticate(context, keys.authorized, rule?.refuseKeys === true));
    let open = 0;
    connection.on('session', (accept, reject) => {
      if (open >= maxSessions) {
        reject();
        return;
      }
      open += 1;
      const session = accept();
      session.once('close', () => (open -= 1));
      serveSession(session, scratch, () => rule?.delay ?? 0);
    });
  };
  const ssh = new ssh2.Server({ hostKeys: [keys.hostKey] }, serve);
  const impostor = new ssh2.Server({ hostKeys: [keys.otherHostKey] }, serve);
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    (rule?.otherHostKey === true ? impostor : ssh).injectSocket(socket);
  });
  const port = await listen(listener, wantedPort);
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    port,
    get connections() {
      return sockets.size;
    },
    drop,
    async apply(next) {
      rule = next;
      const shut = rule?.refuse === true;
      if (shut && listener.listening) await closeListener(listener);
      if (!shut && !listener.listening) await listen(listener, port);
    },
    async close() {
      drop();
      if (listener.listening) await closeListener(listener);
    },
  };
}

function authenticate(context: AuthContext, authorized: Buffer, refuse: boolean): void {
  if (refuse || context.username !== userInfo().username || context.method !== 'publickey') {
    context.reject(['publickey']);
    return;
  }
  const parsed = ssh2.utils.parseKey(authorized);
  if (parsed instanceof Error || !context.key.data.equals(authorized)) {
    context.reject(['publickey']);
    return;
  }
  const { signature, blob, hashAlgo } = context;
  // Without a signature the client only asks whether this key would do.
  if (signature === undefined || (blob !== undefined && parsed.verify(blob, signature, hashAlgo) === true)) {
    context.accept();
  } else {
    context.reject(['publickey']);
  }
}

function serveSession(session: Session, scratch: Scratch, delay: () => number): void {
  session.on('env', (accept) => accept?.());
  session.once('exec', (accept, _reject, { command }) => {
    // Accepted at once: a client that has nothing to say has closed its side by the next turn.
    const channel = accept();
    setTimeout(() => runCommand(scratch, command, channel, session), delay() * 1000);
  });
  session.once('shell', (accept) => {
    const channel: ServerChannel = accept();
    channel.stderr.write('This is a practice site: give a command, such as "virsh list --all".\n');
    channel.exit(1);
    channel.end();
  });
}

function listen(server: NetServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Ends listening at once; `close` itself waits for connections, which stay. */
function closeListener(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close();
    setImmediate(resolve);
  });
}
