import { expect, test } from '@jest/globals';
import { masked } from '../../../src/domain/health/mask.ts';

const secret = 'Zq9xW7';

test.each([
  'amqp rabbit://nova:S@10.0.0.1:5672/ is gone',
  'amqp://user:aa@S@rabbit/',
  'mysql+pymysql://root:p%40S@db/nova',
  "headers {'X-Auth-Token': 'S', 'Accept': 'x'}",
  "{'X-Auth-Token': b'S'}",
  'secret_key=b"S"',
  "('X-Auth-Token', 'S')",
  "{'password': ('S',)}",
  'Authorization: Bearer S',
  'Authorization: Token S',
  'Authorization: Digest username="x", response=S',
  'Authorization: AWS4-HMAC-SHA256 Credential=S/2026, Signature=S',
  '"adminPass": "S", "name": "vm"',
  'password="my S x"',
  "password = 'a,S'",
  'password => S',
  "password=>'S'",
  '{\\"password\\": \\"S\\"}',
  'Cookie: a=b; session=S',
  'temp_url_sig=S&x=1',
  'encryption_key=S',
  'pwd=S',
  'pass=S',
  'passphrase=S',
  'passwords=S',
  'credentials=S',
  'X-Amz-Signature=S',
  "authtoken: {'id': 'S'}",
  'run --password S now',
  'ipmitool -H h -P S power',
  'curl -u admin:S http://h',
  "GRANT x IDENTIFIED BY 'S'",
  'a bare Bearer S',
  '<password>S</password>',
  "password=''S''",
  'auth_key S',
  '-----BEGIN RSA PRIVATE KEY-----\nS',
  'transport_password=S; user=nova',
  'secret_key = S',
])('%s', (text) => {
  const said = masked(text.replaceAll('S', (_found, at: number) => (isSecret(text, at) ? secret : 'S')));
  expect(said).not.toContain(secret);
  expect(said).toContain('***');
});

/** A lone S, which is not a letter of a word. */
const isSecret = (text: string, at: number): boolean => !/[A-Za-z]/.test(`${text[at - 1] ?? ''}${text[at + 1] ?? ''}`);

test('what is known by its look is taken out wherever it stands', () => {
  expect(masked(`token gAAAAA${'b'.repeat(80)}== expired`)).toBe('token *** expired');
  expect(masked('got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc')).toBe('got ***');
});

test.each([
  'ERROR nova.compute.manager Instance failed to spawn: libvirt.libvirtError: internal error',
  'http://10.0.0.1:8774/v2.1/servers answered 503',
  'Password expired for user nova',
  'at 12:30:01 host:port was lost',
  'Unable to establish connection to http://10.0.0.1:5000/v3/auth/tokens: timed out',
  'ERROR keystone Invalid token',
  'the key could not be found',
])('leaves alone: %s', (text) => {
  expect(masked(text)).toBe(text);
});
