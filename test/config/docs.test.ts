import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { notificationEvents } from '../../src/contracts/notification.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { mountOptions } from '../../src/config/mount-options.ts';
import { configTemplate } from '../../src/config/template.ts';
import { keysOf } from './json-schema.ts';
import { problems } from './parse.ts';

const documentation = readFileSync('docs/configuration.md', 'utf8');

describe('docs/configuration.md', () => {
  test('its examples make one valid config', () => {
    const examples = [...documentation.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(4);
    expect(problems(examples.join('\n'))).toEqual([]);
  });

  test('explains every key and every event', () => {
    for (const name of [...keysOf(configJsonSchema()), ...notificationEvents])
      expect(documentation).toMatch(new RegExp(`\`${name}\`|^## ${name}$`, 'm'));
  });

  test('and the template name the mount options that are used', () => {
    for (const type of ['nfs', 'cifs', 'fuse.sshfs']) expect(documentation).toContain(`\`${mountOptions(type)}\``);
    expect(documentation).toContain(`\`${mountOptions('nfs', 'hard,exec')}\``);
    expect(configTemplate()).toContain(`Default for NFS: ${mountOptions('nfs')}\n`);
  });
});
