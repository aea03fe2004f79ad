/**
 * `npm run bench:servers`: how long operations on many servers take.
 *
 *   npm run bench:servers -- --practice [--sizes 100,1000,10000]
 *       ours alone, on the practice cloud without latency: time, history, memory of the worker
 *   npm run bench:servers -- --cloud NAME [--runs N] [--loop N] [--ansible PYTHON]
 *       every ACTIVE server of a cloud of clouds.yaml stopped and started, beside a bare REST script and a loop of
 *       `openstack server stop` (over N of them, since it takes seconds for each). The cloud has to be one for this.
 *       Also Ansible's openstack.cloud.server_action over those N, with the Python that has its openstacksdk.
 *   npm run bench:servers -- --cloud NAME --drain HOST [--runs N]
 *       every server of a compute host migrated away live, beside `nova host-evacuate-live`, by turns
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { median, timed, watchMemory, withProgram } from '../bench/program.mjs';
import { ensureTemporal } from './lib/temporal.mjs';
import { root } from './lib/run.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      practice: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '100,1000,10000' },
      cloud: { type: 'string' },
      runs: { type: 'string', default: '3' },
      loop: { type: 'string', default: '10' },
      drain: { type: 'string' },
      ansible: { type: 'string' },
    },
  });
  if (values.practice === (values.cloud !== undefined))
    throw new Stop(
      'say --practice, or --cloud with a cloud that is there for this',
      'npm run bench:servers -- --practice',
    );
  await setup();
  await ensureTemporal();
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-bench-'));
  try {
    const before = loadavg()[0];
    if (values.practice) for (const size of values.sizes.split(',')) await practice(directory, Number(size));
    else if (values.drain !== undefined) await drains(directory, values.cloud, values.drain, Number(values.runs));
    else
      await real(directory, values.cloud, {
        runs: Number(values.runs),
        loop: Number(values.loop),
        ansible: values.ansible,
      });
    const { model } = cpus()[0];
    process.stdout.write(
      `\n- ${cpus().length} × ${model}; load average ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after\n`,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

async function practice(directory, size) {
  const hosts = Math.max(1, Math.round(size / 100));
  const cloud = spawn(
    process.execPath,
    [
      join(root, 'dist/practice/cloud.js'),
      ...['--directory', directory, '--servers', String(size), '--hosts', String(hosts), '--transition', '0'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: cloud.stdout }), 'line');
  const { clouds } = JSON.parse(line);
  try {
    const env = { OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: 'practice' };
    await withProgram(join(directory, String(size)), env, async ({ cli, env: all }) => {
      const planned = await timed(() => cli('server', 'stop', '--all', '--plan-only', '--quiet'));
      const memory = watchMemory();
      const took = await timed(() => cli('server', 'stop', '--all', '--yes', '--json', '--quiet'));
      const { workflowId } = JSON.parse(took.value.stdout);
      const { events, bytes } = await historyOf(workflowId, all);
      const row = [
        size,
        `${planned.seconds.toFixed(1)} s`,
        `${took.seconds.toFixed(1)} s`,
        `${((took.seconds / size) * 1000).toFixed(1)} ms`,
        events,
        `${(bytes / 1e6).toFixed(2)} MB`,
        `${Math.round((await memory.stop()) / 1024)} MB`,
      ];
      process.stdout.write(`| ${row.join(' | ')} |\n`);
    });
  } finally {
    const ended = once(cloud, 'exit');
    cloud.kill();
    await ended;
  }
}

async function historyOf(workflowId, env) {
  const { connect } = await import(`${root}/dist/client/connect.js`);
  const { client, close } = await connect({ env });
  const { historyLength, raw } = await client.workflow.getHandle(workflowId).describe();
  await close();
  return { events: historyLength, bytes: Number(raw.workflowExecutionInfo.historySizeBytes) };
}

async function real(directory, name, { runs, loop, ansible }) {
  const clouds = process.env.OS_CLIENT_CONFIG_FILE;
  const env = { OS_CLOUD: name, ...(clouds && { OS_CLIENT_CONFIG_FILE: clouds }) };
  await withProgram(directory, env, async ({ cli, env: all }) => {
    const { servers } = JSON.parse((await cli('server', 'list', '--status', 'ACTIVE', '--json')).stdout);
    const file = join(directory, 'ids');
    await writeFile(file, servers.map(({ id }) => `${id}\n`).join(''));
    const login = loginOf(await accessOf(all, name));
    const bare = (action) =>
      execa(process.execPath, [join(root, 'bench/bare-rest.mjs'), action, file], { env: { ...all, ...login } });
    const some = join(directory, 'some-ids');
    await writeFile(
      some,
      servers
        .slice(0, loop)
        .map(({ id }) => `${id}\n`)
        .join(''),
    );
    const play = (verb) =>
      execa(
        'ansible-playbook',
        [
          join(root, 'bench/server-action.yml'),
          ...['-e', `ids=${some}`, '-e', `verb=${verb}`, '-e', `ansible_python_interpreter=${ansible}`],
        ],
        { env: all },
      );
    const ways = {
      ...(ansible && {
        "Ansible's `openstack.cloud.server_action` in a loop": {
          each: loop,
          stop: () => play('stop'),
          start: () => play('start'),
        },
      }),
      'a loop of `openstack server …`, one after another': {
        each: loop,
        stop: () => shellLoop(all, 'stop', servers.slice(0, loop)),
        start: () => shellLoop(all, 'start', servers.slice(0, loop)),
      },
      'a bare REST script': { each: servers.length, stop: () => bare('os-stop'), start: () => bare('os-start') },
      '**stackhand**': {
        each: servers.length,
        stop: () => cli('server', 'stop', '--ids-from', file, '--yes', '--quiet'),
        start: () => cli('server', 'start', '--ids-from', file, '--any', '--yes', '--quiet'),
      },
    };
    const seconds = Object.fromEntries(Object.keys(ways).map((way) => [way, { stop: [], start: [] }]));
    for (let run = 1; run <= runs; run += 1)
      for (const [way, { stop, start }] of Object.entries(ways)) {
        seconds[way].stop.push((await timed(stop)).seconds);
        seconds[way].start.push((await timed(start)).seconds);
        say(`run ${run}: ${way}: ${seconds[way].stop.at(-1).toFixed(1)} s, ${seconds[way].start.at(-1).toFixed(1)} s`);
      }
    process.stdout.write('| way | servers | stop, s | start, s | a server, s |\n|---|--:|--:|--:|--:|\n');
    for (const [way, { each }] of Object.entries(ways)) {
      const [stop, start] = ['stop', 'start'].map((action) => median(seconds[way][action]));
      process.stdout.write(
        `| ${way} | ${each} | ${stop.toFixed(1)} | ${start.toFixed(1)} | ${(stop / each).toFixed(2)}, ${(start / each).toFixed(2)} |\n`,
      );
    }
    process.stdout.write(`\nMedians of ${runs}.\n`);
  });
}

async function drains(directory, name, host, runs) {
  const clouds = process.env.OS_CLIENT_CONFIG_FILE;
  const env = { OS_CLOUD: name, ...(clouds && { OS_CLIENT_CONFIG_FILE: clouds }) };
  await withProgram(directory, env, async ({ cli, env: all }) => {
    // In this process: a program that is started for every look would take from the cloud what is to be measured.
    const { Session, listServers } = await import(`${root}/dist/systems/openstack/index.js`);
    const access = await accessOf(all, name);
    const session = new Session(access);
    const list = () => listServers(session, { allProjects: true });
    const login = {
      ...loginOf(access),
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
    };
    const ways = {
      '`nova host-evacuate-live`': async () => {
        await execa('nova', ['host-evacuate-live', host], { env: { ...all, ...login } });
        while ((await list()).some(({ taskState }) => taskState !== null)) await pause(1000);
      },
      '**stackhand** `host drain`': () => cli('host', 'drain', host, '--yes', '--quiet', '--enable-after'),
    };
    const ids = (await list()).filter((server) => server.host === host).map(({ id }) => id);
    const rows = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let run = 1; run <= runs; run += 1)
      for (const [way, drain] of Object.entries(ways)) {
        const { seconds } = await timed(drain);
        const servers = await list();
        const left = servers.filter((server) => server.host === host).length;
        const broken = servers.filter(({ status }) => status === 'ERROR').length;
        rows[way].push({ seconds, left, broken });
        say(`run ${run}: ${way}: ${seconds.toFixed(1)} s, ${left} left, ${broken} in ERROR`);
        // Back, so that the next begins with the same.
        await cli('server', 'migrate', ...ids.flatMap((id) => ['--id', id]), '--to', host, '--yes', '--quiet');
      }
    process.stdout.write(
      '| way | servers | all settled, s | spread, s | a server, s | left on the host | in ERROR |\n|---|--:|--:|--:|--:|--:|--:|\n',
    );
    for (const [way, all] of Object.entries(rows)) {
      const seconds = all.map((row) => row.seconds);
      const middle = median(seconds);
      const most = (key) => Math.max(...all.map((row) => row[key]));
      process.stdout.write(
        `| ${way} | ${ids.length} | ${middle.toFixed(1)} | ${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)} | ${(middle / ids.length).toFixed(2)} | ${most('left')} | ${most('broken')} |\n`,
      );
    }
  });
}

async function shellLoop(env, verb, servers) {
  for (const { id } of servers) await execa('openstack', ['server', verb, id], { env });
  const goal = verb === 'stop' ? 'SHUTOFF' : 'ACTIVE';
  for (const { id } of servers)
    for (;;) {
      const { stdout } = await execa('openstack', ['server', 'show', id, '-f', 'value', '-c', 'status'], { env });
      if (stdout.trim() === goal) break;
    }
}

/** The cloud, as the program itself reads clouds.yaml. */
async function accessOf(env, name) {
  const { emptyConfig, resolveCloud } = await import(`${root}/dist/config/index.js`);
  return resolveCloud(emptyConfig(), name, { env, home: env.HOME, cwd: process.cwd() });
}

/** The bare script's login. */
function loginOf({ name, authUrl, credentials, scope }) {
  if (credentials.kind !== 'password') throw new Stop('the bare script logs in with a password', name);
  return {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: credentials.user.name,
    OS_PASSWORD: credentials.password,
    OS_PROJECT_NAME: scope.project.name,
  };
}
