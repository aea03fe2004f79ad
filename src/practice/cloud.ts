/**
 * The practice cloud: Keystone, Nova, Neutron and Glance in one small HTTP server, for tests that need a cloud to fail on
 * purpose, and for trying this program without a cloud. Its answers have the shapes of the real services (captured, and
 * held against them by a test); its servers are entries of a table. A process of its own: it imports nothing of the
 * program, and the program knows nothing of it.
 *
 *   node dist/practice/cloud.js --directory DIR [--port N] [--hosts 3] [--servers 12] [--projects 2]
 *        [--microversion 2.93] [--latency MS] [--transition MS] [--token-lifetime SECONDS]
 *        [--password TEXT] [--tokens FILE]
 *
 * It writes clouds.yaml (clouds practice and practice-member) and adminrc into the directory. One line of JSON on
 * stdout says that it is ready and where; it ends on SIGTERM or SIGINT. How to steer it: GET /practice.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Cloud } from './cloud/cloud.ts';
import { writeCredentials } from './cloud/credentials.ts';
import { listen } from './cloud/listen.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      port: { type: 'string', default: '0' },
      hosts: { type: 'string', default: '3' },
      servers: { type: 'string', default: '12' },
      projects: { type: 'string', default: '2' },
      microversion: { type: 'string', default: '2.93' },
      latency: { type: 'string', default: '0' },
      transition: { type: 'string', default: '300' },
      'token-lifetime': { type: 'string', default: '3600' },
      password: { type: 'string', default: 'practice' },
      tokens: { type: 'string' },
    },
  });
  if (values.directory === undefined) throw new Error('--directory is missing');
  const cloud = new Cloud({
    hosts: Number(values.hosts),
    servers: Number(values.servers),
    projects: Number(values.projects),
    microversion: values.microversion,
    latency: Number(values.latency),
    transition: Number(values.transition),
    tokenLifetime: Number(values['token-lifetime']),
  });
  for (const user of cloud.users) Object.assign(user, { password: values.password });
  if (values.tokens !== undefined) noteTokens(cloud, values.tokens);
  const { port, close } = await listen(cloud, Number(values.port));
  cloud.address = `http://127.0.0.1:${String(port)}`;
  const { clouds, adminrc } = writeCredentials(values.directory, cloud);
  process.stdout.write(
    `${JSON.stringify({ practice: true, authUrl: `${cloud.address}/identity/v3`, clouds, adminrc, control: `${cloud.address}/practice` })}\n`,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void close().then(() => process.exit(0)));
}

/** Each token that is given out, a line of the file: a test looks for them where they must not be. */
function noteTokens({ tokens }: Cloud, file: string): void {
  const set = tokens.set.bind(tokens);
  tokens.set = (token, holder) => {
    appendFileSync(file, `${token}\n`, { mode: 0o600 });
    return set(token, holder);
  };
}

await main().catch((error: unknown) => {
  process.stderr.write(`practice cloud: ${(error as Error).message}\n`);
  process.exit(1);
});
