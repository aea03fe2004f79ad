import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { secretScan } from './secrets.ts';

/** Paths of a certificate and of its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority of the test's own, which signs for 127.0.0.1 and localhost. */
export class Authority implements Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly #directory: string;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.certificate = join(directory, `${name}.pem`);
    this.key = join(directory, `${name}.key`);
  }

  static async create(directory: string, name: string): Promise<Authority> {
    const made = new Authority(directory, name);
    await made.#request(name, made, ['-x509', '-days', '2', '-addext', 'basicConstraints=critical,CA:TRUE']);
    return made;
  }

  async issue(name: string): Promise<Certificate> {
    const files = { certificate: join(this.#directory, `${name}.pem`), key: join(this.#directory, `${name}.key`) };
    const asked = { certificate: `${files.certificate}.asked`, key: files.key };
    const names = join(this.#directory, `${name}.names`);
    await writeFile(names, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    await this.#request(name, asked, []);
    await execa('openssl', [
      ...['x509', '-req', '-days', '2', '-in', asked.certificate, '-out', files.certificate, '-extfile', names],
      ...['-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial'],
    ]);
    secretScan.secretsOf(`the key of ${name}`, files.key);
    return files;
  }

  async #request(name: string, { certificate, key }: Certificate, more: readonly string[]): Promise<void> {
    await execa('openssl', [
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`],
      ...['-keyout', key, '-out', certificate, ...more],
    ]);
  }
}
