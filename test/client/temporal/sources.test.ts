import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { download } from '../../../src/client/temporal/download.ts';
import { goInstall } from '../../../src/client/temporal/go-install.ts';
import { freePort } from '../../../src/client/temporal/ports.ts';
import { platformName, release } from '../../../src/client/temporal/release.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const quiet = (): void => {};

describe('download', () => {
  let close = (): void => {};
  afterEach(() => close());

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function archive(): Promise<{ bytes: Buffer; digest: string }> {
    const directory = await scratchDirectory('archive');
    await writeFile(join(directory, 'temporal'), 'the program');
    await writeFile(join(directory, 'LICENSE'), 'its license');
    await execa('tar', ['-czf', 'all.tar.gz', 'LICENSE', 'temporal'], { cwd: directory });
    const bytes = await readFile(join(directory, 'all.tar.gz'));
    return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
  }

  test("takes the program out of the release's archive for this platform", async () => {
    const { bytes, digest } = await archive();
    const asked: (string | undefined)[] = [];
    const from = await serve((request, response) => {
      asked.push(request.url);
      response.end(bytes);
    });
    const directory = await scratchDirectory('download');
    await download(directory, quiet, { from, platform: 'linux_arm64', digests: { linux_arm64: digest } });
    expect(await readdir(directory)).toEqual(['temporal']);
    expect(asked).toEqual([`/v${release.version}/temporal_cli_${release.version}_linux_arm64.tar.gz`]);
  });

  test('refuses an archive that is not the one of the release', async () => {
    const { bytes } = await archive();
    const from = await serve((_, response) => response.end(bytes));
    const directory = await scratchDirectory('download');
    await expect(download(directory, quiet, { from })).rejects.toThrow(/has SHA-256 .* was expected/);
    expect(await readdir(directory)).toEqual([]);
  });

  test('says the reason where the network is closed, at once', async () => {
    const from = `http://127.0.0.1:${await freePort(0)}`;
    await expect(download('/nonexistent', quiet, { from })).rejects.toThrow(/download of .* failed \(.*ECONNREFUSED/);
  });

  test('gives up on a server that does not answer', async () => {
    const from = await serve(() => {});
    await expect(download('/nonexistent', quiet, { from, answerWithin: 100 })).rejects.toThrow('no answer in time');
  });

  test('says that a platform has none', async () => {
    await expect(download('/nonexistent', quiet, { platform: platformName('sunos', 'x64') })).rejects.toThrow(
      'there is no download for sunos_amd64',
    );
  });
});

describe('go install', () => {
  /** Stands in for the toolchain: the real build takes minutes (`npm test` on a bare machine does it). */
  async function toolchain(install: string): Promise<NodeJS.ProcessEnv> {
    const bin = join(await scratchDirectory('go'), 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'go'), `#!/bin/sh\n[ "$1" = version ] && exit 0\n${install}\n`);
    await chmod(join(bin, 'go'), 0o755);
    return { PATH: `${bin}:/usr/bin:/bin` };
  }

  test('builds the pinned version into the directory, and tells how far it is', async () => {
    const env = await toolchain('echo "go: downloading x/y v1" >&2; sleep 0.3; echo "$3" > "$GOBIN/temporal"');
    const directory = await scratchDirectory('gobin');
    const told: string[] = [];
    await goInstall(directory, (line) => told.push(line), { env, every: 100 });
    expect(await readFile(join(directory, 'temporal'), 'utf8')).toBe(`${release.module}@v${release.version}\n`);
    expect(told).toContain('  0 s: 1 modules fetched, compiling');
  });

  test('says what Go said when it fails', async () => {
    const env = await toolchain('echo "go: downloading x/y v1" >&2; echo "go: proxy: connection refused" >&2; exit 1');
    await expect(goInstall('/nonexistent', quiet, { env })).rejects.toThrow(
      'go install failed (go: proxy: connection refused)',
    );
  });

  test('says that there is no toolchain', async () => {
    await expect(goInstall('/nonexistent', quiet, { env: { PATH: '/nonexistent' } })).rejects.toThrow(
      'no Go toolchain',
    );
  });
});
