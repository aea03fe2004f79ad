import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands between a client and a server of this machine, and can lose the connection right after a request arrived. */
export class CutAnswers {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));
  readonly #target: number;
  #cuts = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(target: number): Promise<CutAnswers> {
    const made = new CutAnswers(target);
    made.#server.listen(0, '127.0.0.1');
    await once(made.#server, 'listening');
    return made;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many answers are still to be lost; each takes its connection with it. */
  get left(): number {
    return this.#cuts;
  }

  loseNext(answers: number): void {
    this.#cuts = answers;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    const both = [client, server];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => both.forEach((each) => each.destroy()));
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (this.#cuts === 0) {
        client.write(chunk);
        return;
      }
      this.#cuts -= 1;
      client.destroy();
    });
  }
}
