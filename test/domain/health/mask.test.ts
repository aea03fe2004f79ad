import { expect, test } from '@jest/globals';
import { masked } from '../../../src/domain/health/mask.ts';

test.each([
  ['amqp rabbit://nova:s3cret@10.0.0.1:5672/ is gone', 'amqp rabbit://nova:***@10.0.0.1:5672/ is gone'],
  ['mysql+pymysql://root:p%40ss@db/nova', 'mysql+pymysql://root:***@db/nova'],
  ["headers {'X-Auth-Token': 'abc-1', 'Accept': 'x'}", "headers {'X-Auth-Token': '***', 'Accept': 'x'}"],
  ['Authorization: Bearer abc.def', 'Authorization: ***'],
  ['"adminPass": "x1y2", "name": "vm"', '"adminPass": "***", "name": "vm"'],
  ['transport password=hunter2; user=nova', 'transport password=***; user=nova'],
  ['secret_key = 12ab', 'secret_key = ***'],
  [`token gAAAAA${'b'.repeat(80)}== expired`, 'token *** expired'],
])('%s', (text, without) => {
  expect(masked(text)).toBe(without);
});

test.each([
  'ERROR nova.compute.manager Instance failed to spawn: libvirt.libvirtError: internal error',
  'http://10.0.0.1:8774/v2.1/servers answered 503',
  'Password expired for user nova',
  'at 12:30:01 host:port was lost',
])('leaves alone: %s', (text) => {
  expect(masked(text)).toBe(text);
});
