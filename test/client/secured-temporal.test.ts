import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Authority } from '../support/certificates.ts';
import type { Certificate } from '../support/certificates.ts';
import { useCloudProgram } from '../support/cloud-program.ts';
import { PracticeCloud } from '../support/practice-cloud.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { secretScan } from '../support/secrets.ts';
import { TemporalFront } from '../support/temporal-front.ts';
import { cliHere } from './support/cli.ts';

const apiKey = 'api-key-8b1f0d2c7e';

describe('a Temporal that wants to know who comes', () => {
  let cloud: PracticeCloud;
  let front: TemporalFront;
  let ca = '';
  let mine: Certificate;
  let others: Certificate;
  const program = useCloudProgram(
    async () => {
      cloud = await PracticeCloud.start({ servers: 2, hosts: 1 });
      return { clouds: cloud.ready.clouds, cloud: 'practice' };
    },
    { env: () => env(mine) },
  );
  beforeAll(async () => {
    secretScan.secret('the API key', apiKey);
    const directory = await scratchDirectory('certificates');
    const authority = await Authority.create(directory, 'authority');
    const other = await Authority.create(directory, 'other-authority');
    const server = await authority.issue('server');
    ca = authority.certificate;
    [mine, others] = [await authority.issue('mine'), await other.issue('others')];
    front = await TemporalFront.open(program.temporal.address, { server, clients: ca, apiKey });
  });
  afterAll(async () => {
    front.close();
    await cloud.stop();
  });

  const env = (certificate?: Certificate, key = apiKey): Record<string, string> => ({
    TEMPORAL_ADDRESS: front.address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
    TEMPORAL_API_KEY: key,
    ...(certificate === undefined
      ? {}
      : {
          TEMPORAL_TLS_CLIENT_CERT_PATH: certificate.certificate,
          TEMPORAL_TLS_CLIENT_KEY_PATH: certificate.key,
        }),
  });
  const asked = (more: Record<string, string>) => cliHere(['operation', 'list'], { ...program.temporal.env, ...more });

  test('lets in commands and workers with a certificate and an API key', async () => {
    await program.startWorker();
    const { exitCode } = await program.json('server', 'list');
    expect(exitCode).toBe(0);
    // The two have clients of their own: gRPC of Node, and Temporal's native part.
    expect([...front.callers].length).toBeGreaterThan(1);
  });

  test.each([
    ['no certificate', () => env(), 'it wants a client certificate'],
    ["another authority's certificate", () => env(others), 'it may want TLS, or another client certificate'],
    [
      'nothing but TLS',
      () => ({ TEMPORAL_ADDRESS: front.address, TEMPORAL_TLS: 'true' }),
      'its certificate is not trusted (self-signed certificate',
    ],
    ['no TLS', () => ({ TEMPORAL_ADDRESS: front.address }), 'it may want TLS'],
    ['another API key', () => env(mine, 'another'), 'invalid API key'],
  ])('is told from one that is away, with %s', async (_, given, told) => {
    const ran = await asked(given());
    expect(ran.stderr).toContain(told);
    expect(ran.exitCode).toBe(5);
  });

  test('is told by a worker too', async () => {
    const started = program.startWorker([], env(others));
    await expect(started).rejects.toThrow(`Temporal at ${front.address} can't be reached`);
    await expect(started).rejects.toThrow('stackhand doctor says why');
  });
});
