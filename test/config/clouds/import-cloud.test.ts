import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importCloud, loadConfig, resolveCloud } from '../../../src/config/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';

describe('stackhand cloud import', () => {
  const variables = {
    OS_AUTH_URL: 'https://k.example:5000/v3',
    OS_USERNAME: 'admin',
    OS_PASSWORD: `it's "$secret"`,
    OS_PROJECT_NAME: 'ops',
    HOME: '/not/this',
  };

  test('keeps the credentials where only their owner reads them, and names them in the config, whose comments stay', async () => {
    const directory = await scratchDirectory('import');
    const config = join(directory, 'config.yaml');
    await writeFile(config, '# ours\nclouds:\n  # none yet\ndefaults: { verify: read }\n');
    const imported = await importCloud('prod', variables, { config, home: directory, source: 'OS_*' });
    expect(((await stat(imported.rc)).mode & 0o777).toString(8)).toBe('600');
    expect(await readFile(imported.rc, 'utf8')).not.toContain('/not/this');
    const text = await readFile(config, 'utf8');
    expect(text).toContain('# ours');
    expect(text).not.toContain('secret');
    const { config: loaded } = loadConfig({ path: config, env: {} });
    expect(resolveCloud(loaded, 'prod', { env: {}, home: directory, cwd: '/' })).toMatchObject({
      authUrl: 'https://k.example:5000',
      credentials: { password: `it's "$secret"` },
    });
    await expect(importCloud('prod', variables, { config, home: directory, source: 'OS_*' })).rejects.toThrow(
      'has a cloud prod already',
    );
  });

  test('makes a config where there is none; writes nothing that is no cloud', async () => {
    const directory = await scratchDirectory('import');
    const config = join(directory, 'new/config.yaml');
    await expect(
      importCloud('x', { OS_AUTH_URL: 'http://k' }, { config, home: directory, source: 'OS_*' }),
    ).rejects.toThrow('username is missing');
    await expect(stat(config)).rejects.toThrow();
    await importCloud('x', variables, { config, home: directory, source: 'OS_*' });
    expect(loadConfig({ path: config, env: {} }).config.clouds).toMatchObject({
      x: { rc: join(directory, 'new/x.rc') },
    });
  });
});
