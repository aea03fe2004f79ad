import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Options } from 'execa';
import { execa } from 'execa';
import { builtProgram } from '../../support/built.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

let tarball = '';
/** The package as it is installed, and where nothing else is. */
let installed = '';
let elsewhere = '';

beforeAll(async () => {
  const directory = await scratchDirectory('pack');
  const prefix = join(directory, 'prefix');
  elsewhere = join(directory, 'home');
  await mkdir(elsewhere);
  await builtProgram();
  await execa('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: root, timeout: 120_000 });
  const [name] = (await readdir(directory)).filter((file) => file.endsWith('.tgz'));
  tarball = join(directory, name ?? 'no tarball');
  // From npm's cache as far as that goes; from the registry that npm is configured with otherwise.
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error'];
  await execa('npm', ['install', '--global', '--prefix', prefix, ...options, tarball], {
    ...{ cwd: elsewhere, timeout: 240_000 },
  });
  installed = join(prefix, 'lib/node_modules/stackhand');
}, 400_000);

/** The command that npm put on PATH, in a home that is empty, with nothing of this checkout in sight. */
const stackhand = (args: readonly string[], options: Options = {}) =>
  execa(join(installed, '../../../bin/stackhand'), args, {
    ...{ cwd: elsewhere, extendEnv: false, stdin: 'ignore', timeout: 60_000, reject: false },
    env: {
      ...{ PATH: process.env['PATH'], HOME: elsewhere, LANG: 'C.UTF-8', NO_COLOR: '1' },
      // Where the Temporal program is, which was fetched before the tests.
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    },
    ...options,
  });

describe('the package', () => {
  test('has what runs and what is read, and nothing else', async () => {
    const { stdout } = await execa('tar', ['-tzf', tarball]);
    const files = stdout.split('\n').map((file) => file.replace(/^package\//, ''));
    const wanted = [
      'dist/workflows.bundle.js',
      'dist/worker/main.js',
      'dist/practice/demo.js',
      'LICENSE',
      'CHANGELOG.md',
    ];
    expect(files).toEqual(expect.arrayContaining(wanted));
    // What is run on hosts travels beside the code.
    const scripts = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => /\.(sh|py)$/.test(file));
    expect(scripts.length).toBeGreaterThan(10);
    expect(files).toEqual(expect.arrayContaining(scripts.map((file) => `dist/${file}`)));
    const places = /^(dist|docs|deploy\/(prometheus|systemd))\/|^[^/]+\.(md|json)$|^LICENSE$/;
    expect(files.filter((file) => !places.test(file) || /(^|\/)\.|\.ts$|\.test\.|__pycache__/.test(file))).toEqual([]);
  });

  test('is small', async () => {
    // 1.7 MB, a third of it source maps.
    expect((await stat(tarball)).size).toBeLessThan(2_500_000);
  });

  test('has what its documents link to', async () => {
    const documents = (await readdir(installed, { recursive: true })).filter(
      // One is about the source, which the package does not have.
      (file) => file.endsWith('.md') && !file.startsWith('node_modules') && file !== 'docs/architecture.md',
    );
    expect(documents.length).toBeGreaterThan(5);
    for (const document of documents) {
      const text = await readFile(join(installed, document), 'utf8');
      const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map((match) => match[1] ?? '');
      for (const link of links.filter((target) => !/^[a-z]+:/.test(target)))
        expect([document, link, existsSync(join(installed, dirname(document), link))]).toEqual([document, link, true]);
    }
  });

  test('needs nothing that builds or tests it', async () => {
    const there = await readdir(join(installed, 'node_modules'));
    expect(there).toContain('commander');
    const tools = Object.keys(manifest.devDependencies).filter((name) =>
      /^(jest|typescript|eslint|prettier)$/.test(name),
    );
    expect(tools).toHaveLength(4);
    expect(there.filter((name) => tools.includes(name))).toEqual([]);
  });
});

describe('the installed program', () => {
  test('says its version, its help and its completion', async () => {
    expect((await stackhand(['--version'])).stdout).toBe(manifest.version);
    expect((await stackhand(['--help'])).stdout).toContain('Usage: stackhand');
    const { stdout } = await stackhand(['completion', 'bash']);
    await execa('bash', ['-n'], { input: String(stdout) });
    expect(stdout).toContain('complete -F _stackhand stackhand');
  });

  test('backs up a VM and survives its worker: the demo, with workflow code that was bundled before', async () => {
    // What a worker would bundle with; now it can't.
    for (const name of ['@swc', 'swc-loader']) await rm(join(installed, 'node_modules', name), { recursive: true });
    const directory = await scratchDirectory('demo');
    const ran = await stackhand(['demo', '--once', '--directory', directory], { timeout: 240_000, all: true });
    expect({ exitCode: ran.exitCode, said: ran.all }).toEqual({
      exitCode: 0,
      said: expect.stringContaining('✓ the backup is done and verified'),
    });
    expect(ran.stdout).not.toContain('✗');
    // It removes its directory, and leaves nothing in the home.
    expect(existsSync(directory)).toBe(false);
    expect(await readdir(elsewhere)).toEqual([]);
  }, 300_000);
});
