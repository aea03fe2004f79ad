import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { ensurePackages } from './packages.mjs';
import { root, run } from './run.mjs';
import { Stop, say, seconds } from './say.mjs';

const cache = join(process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache'), 'stackhand');

/**
 * What docker-compose.yml runs, without a container engine: PostgreSQL from its Debian package, the Temporal server in
 * the very version of the image, built with Go, and Prometheus unpacked from its Debian package, so that no service of
 * it starts here. And a systemd that can be booted beside. Tells what it fetches.
 *
 * @returns {Promise<{ postgresql: string, temporal: string, prometheus: string }>} directories of programs
 */
export async function ensureTopology() {
  const systemd = [
    ['systemd', '/usr/bin/systemd-analyze'],
    ['systemd-container', '/usr/bin/systemd-nspawn'],
    ['dbus', '/usr/bin/dbus-daemon'],
  ].flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  await ensurePackages(systemd, 'no systemd here that could be booted beside, to run the units of deploy/systemd');
  return { postgresql: await postgresql(), temporal: await temporalServer(), prometheus: await prometheus() };
}

/** Debian keeps the programs of each PostgreSQL version in a directory of its own, outside PATH: the newest. */
async function postgresql() {
  const newest = async () => {
    const versions = await readdir('/usr/lib/postgresql').catch(() => []);
    const found = versions.sort((a, b) => Number(b) - Number(a)).map((each) => `/usr/lib/postgresql/${each}/bin`);
    return found.find((directory) => existsSync(join(directory, 'postgres')));
  };
  if ((await newest()) === undefined)
    await ensurePackages(['postgresql'], 'no PostgreSQL here, on which the tests run Temporal');
  const found = await newest();
  if (found === undefined) throw new Stop('PostgreSQL is still missing', 'apt-get install postgresql');
  return found;
}

/** temporal-server, temporal-sql-tool and the database schema, as the images of docker-compose.yml have them. */
async function temporalServer() {
  const [, version] = /image: temporalio\/server:(\S+)/.exec(await readFile(join(root, 'docker-compose.yml'), 'utf8'));
  return once(`temporal-server-${version}`, async (fresh) => {
    say(`building the Temporal server ${version} with Go; this takes some minutes, once`);
    await go(fresh, 'install', '-ldflags=-s -w', ...['server', 'tools/sql'].map((each) => program(each, version)));
    await rename(join(fresh, 'server'), join(fresh, 'temporal-server'));
    await rename(join(fresh, 'sql'), join(fresh, 'temporal-sql-tool'));
    const { Dir } = JSON.parse(await go(fresh, 'mod', 'download', '-json', `go.temporal.io/server@v${version}`));
    await cp(join(Dir, 'schema/postgresql'), join(fresh, 'schema/postgresql'), { recursive: true });
    // Go's module cache is read-only, also as a copy: whoever clears this cache must be able to.
    await run('chmod', ['-R', 'u+w', fresh]);
  });
}

const program = (path, version) => `go.temporal.io/server/cmd/${path}@v${version}`;

async function go(directory, ...args) {
  const { code, output } = await run('go', args, {
    output: 'keep',
    cwd: directory,
    env: { ...process.env, GOBIN: directory },
  });
  if (code === 127) throw new Stop('the Temporal server is built with Go, and there is none', 'apt-get install golang');
  if (code !== 0)
    throw new Stop(`go ${args[0]} failed (exit ${code}):\n${output.trim().split('\n').slice(-5).join('\n')}`);
  return output;
}

/** prometheus and promtool. */
async function prometheus() {
  const directory = await once('prometheus-debian', async (fresh) => {
    say('unpacking Prometheus from its Debian package, to hold the alert rules against it');
    await run('apt-get', ['update', '-qq'], { output: 'keep' });
    const options = ['-o', 'APT::Sandbox::User=root'];
    const { code, output } = await run('apt-get', [...options, 'download', 'prometheus'], {
      output: 'keep',
      cwd: fresh,
    });
    if (code !== 0) throw new Stop(`no Prometheus: ${output.trim()}`, 'apt-get update');
    const [file] = await readdir(fresh);
    const unpacked = await run('dpkg-deb', ['--extract', file, '.'], { output: 'keep', cwd: fresh });
    if (unpacked.code !== 0) throw new Stop(unpacked.output.trim());
    await rm(join(fresh, file));
  });
  return join(directory, 'usr/bin');
}

/** A directory of the cache, made once: whole or not at all, also when two ask at the same time. */
async function once(name, make) {
  const target = join(cache, name);
  await withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return;
    const since = Date.now();
    const fresh = `${target}.${process.pid}`;
    await mkdir(fresh, { recursive: true });
    try {
      await make(fresh);
      await rename(fresh, target);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
    say(`  done in ${seconds(since)}`);
  });
  return target;
}
