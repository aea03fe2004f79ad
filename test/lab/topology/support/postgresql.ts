import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { runDirectory } from '../../../support/scratch.ts';
import { Program } from './processes.ts';
import { programs } from './programs.ts';

/** A PostgreSQL of its own, from Debian's package: it can be killed, and started again over what it left. */
export class Postgresql {
  readonly port: number;
  /** Holds its superuser's password. */
  readonly passwordFile: string;
  readonly #directory: string;
  readonly #user: { uid: number; gid: number };
  readonly #superuser: { user: string; password: string };

  private constructor(
    directory: string,
    port: number,
    user: { uid: number; gid: number },
    superuser: { user: string; password: string },
  ) {
    this.#directory = directory;
    this.port = port;
    this.#user = user;
    this.#superuser = superuser;
    this.passwordFile = join(directory, 'postgres_password');
  }

  /**
   * Makes one below a directory, which everybody may pass through from now on; it is not started yet. PostgreSQL refuses
   * to run as root: it runs as the user of its package.
   */
  static async make(directory: string, port: number, superuser: string, password: string): Promise<Postgresql> {
    const idOf = async (option: string): Promise<number> => Number((await execa('id', [option, 'postgres'])).stdout);
    const user = { uid: await idOf('-u'), gid: await idOf('-g') };
    const made = new Postgresql(directory, port, user, { user: superuser, password });
    await mkdir(made.data);
    await writeFile(made.passwordFile, password);
    await chmod(runDirectory(), 0o711);
    await chmod(directory, 0o711);
    await chown(made.data, user.uid, user.gid);
    await made.run(
      ...['initdb', '--pgdata', made.data, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
      ...['--username', superuser, '--pwfile', made.passwordFile],
    );
    return made;
  }

  /** Its files, which its own user reads. */
  get data(): string {
    return join(this.#directory, 'postgresql');
  }

  get user(): { uid: number; gid: number } {
    return this.#user;
  }

  /** Runs until it is killed; it answers when this resolves. `settings` are those of postgresql.conf. */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
    const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = join(this.#directory, 'postgresql.log');
    const args = ['-D', this.data, '-p', String(this.port), ...options];
    const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };
    const program = await Program.start(log, join(programs.postgresql ?? '', 'postgres'), args, {
      ...{ env, cwd: '/', ...this.#user },
    });
    const answers = (): Promise<boolean> =>
      this.run('pg_isready', '-h', '127.0.0.1', '-p', String(this.port)).then(
        () => true,
        () => false,
      );
    await program.ready('PostgreSQL answers', answers, 60);
    return program;
  }

  /** Statements of its superuser, one after another; the rows of the last. */
  async sql(database: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
    const place = { host: '127.0.0.1', port: this.port, database, ssl: false };
    const client = new pg.Client({ ...place, ...this.#superuser });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
      return rows;
    } finally {
      await client.end();
    }
  }

  /** One of its programs, as its user. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const options = { ...this.#user, cwd: '/', env: { LC_ALL: 'C.UTF-8' } };
    return (await execa(join(programs.postgresql ?? '', program), args, options)).stdout;
  }
}
