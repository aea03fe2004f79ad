import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resolveCloud } from '../../../src/config/index.ts';
import { parseRcFile } from '../../../src/config/clouds/rc-file.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const cloudsYaml = `
clouds:
  north:
    auth:
      auth_url: https://north.example:5000/v3/
      username: operator
      password: in-clouds
      project_name: ops
      user_domain_name: People
      project_domain_id: default
    region_name: N1
    interface: internal
    verify: false
    compute_endpoint_override: https://nova.example/v2.1
  south:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://south.example/identity
      application_credential_id: abc
      application_credential_secret: s3cret
    cacert: ~/ca.pem
  broken:
    auth: { auth_url: not-an-address, username: operator, password: hunter2 }
`;

describe('which cloud is meant', () => {
  let home: string;
  const config = (text: string) => parseConfig(text, { file: '/etc/stackhand.yaml', home });
  const resolve = (name?: string, text = '{}', env: Record<string, string> = {}) =>
    resolveCloud(config(text), name, { env, home, cwd: '/nowhere' });

  beforeAll(async () => {
    home = await scratchDirectory('clouds');
    await mkdir(join(home, '.config/openstack'), { recursive: true });
    await writeFile(join(home, '.config/openstack/clouds.yaml'), cloudsYaml);
    await writeFile(
      join(home, '.config/openstack/secure.yaml'),
      'clouds: { north: { auth: { password: in-secure } } }\n',
    );
    await writeFile(
      join(home, 'adminrc'),
      [
        '#!/bin/sh',
        'unset OS_TOKEN',
        'export OS_AUTH_URL=https://rc.example:5000/v3   # Keystone',
        `export OS_USERNAME="admin"`,
        `export OS_PASSWORD='p$w#"d'`,
        'export OS_PROJECT_NAME=admin OS_VOLUME_API_VERSION=3 no_proxy=$none',
        'OS_REGION_NAME=RegionOne',
      ].join('\n'),
    );
  });

  test('a name in clouds.yaml, with secure.yaml laid over it', () => {
    expect(resolve('north')).toEqual({
      name: 'north',
      authUrl: 'https://north.example:5000',
      credentials: { kind: 'password', user: { name: 'operator', domain: { name: 'People' } }, password: 'in-secure' },
      scope: { project: { name: 'ops', domain: { id: 'default' } } },
      region: 'N1',
      interface: 'internal',
      endpoints: { compute: 'https://nova.example/v2.1' },
      microversionCaps: {},
      tls: { verify: false },
    });
  });

  test('an application credential, which carries its project; a path below the home directory', () => {
    expect(resolve('south')).toMatchObject({
      authUrl: 'https://south.example/identity',
      credentials: { kind: 'application credential', id: 'abc', secret: 's3cret' },
      tls: { verify: true, ca: join(home, 'ca.pem') },
    });
  });

  test('an adminrc file by path: read, never executed', () => {
    expect(resolve('~/adminrc')).toMatchObject({
      name: 'adminrc',
      authUrl: 'https://rc.example:5000',
      region: 'RegionOne',
      credentials: { password: 'p$w#"d', user: { name: 'admin', domain: { id: 'default' } } },
      scope: { project: { name: 'admin' } },
    });
    expect(() => parseRcFile('export OS_PASSWORD=$(cat secret)', 'rc')).toThrow(
      'rc:1 gives OS_PASSWORD a value that only a shell can know',
    );
    expect(() => parseRcFile('export OS_PASSWORD="$INPUT"', 'rc')).toThrow('only a shell');
  });

  test('a name of the config, which may cap microversions; the only one is meant where none is said', () => {
    const text = 'clouds: { prod: { cloud: north, microversions: { compute: "2.79" } } }';
    expect(resolve('prod', text)).toMatchObject({ name: 'prod', region: 'N1', microversionCaps: { compute: '2.79' } });
    expect(resolve(undefined, text).name).toBe('prod');
    expect(resolve('rc', 'clouds: { rc: { rc: ~/adminrc } }').authUrl).toBe('https://rc.example:5000');
  });

  test('without a name: OS_CLOUD, then OS_* of the worker', () => {
    expect(resolve(undefined, '{}', { OS_CLOUD: 'south' }).name).toBe('south');
    const env = { OS_AUTH_URL: 'http://e/v3', OS_TOKEN: 'gAAA', OS_TENANT_NAME: 't' };
    expect(resolve(undefined, '{}', env)).toMatchObject({
      name: 'environment',
      authUrl: 'http://e',
      credentials: { kind: 'token', token: 'gAAA' },
      scope: { project: { name: 't' } },
    });
    // As a plan names it: what applies the plan finds the same cloud.
    expect(resolve('environment', '{}', env)).toEqual(resolve(undefined, '{}', env));
    expect(() => resolve()).toThrow('nothing says which cloud is meant; there is north, south, broken');
  });

  test('an unknown name tells the nearest', () => {
    expect(() => resolve('norht')).toThrow('there is no cloud "norht"');
    expect(() => resolve('norht')).toThrow('did you mean north?');
  });

  test('what is wrong is named, and no value is shown', () => {
    expect(() => resolve('broken')).toThrow(/auth_url: an address such as https/);
    try {
      resolve('broken');
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
    const env = { OS_AUTH_URL: 'http://e', OS_USERNAME: 'u' };
    expect(() => resolve(undefined, '{}', env)).toThrow('password is missing');
    expect(() => resolve(undefined, '{}', { ...env, OS_PASSWORD: 'p' })).toThrow('project_name is missing');
  });
});
