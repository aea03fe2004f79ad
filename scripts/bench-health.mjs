/**
 * `npm run bench:health -- [--hosts N] [--latency MS] [--runs N] [--log MiB]`: a health check of many practice hosts
 * beside what operators run, a loop of ssh and `ansible -m shell`; and the log scan beside `grep -c ERROR` over the same
 * file. The hosts are practice ones: real sshd's and commands on this machine, a podman that answers from files.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { median, timed, withProgram } from '../bench/program.mjs';
import { root } from './lib/run.mjs';
import { main, say } from './lib/say.mjs';
import { ensureTemporal } from './lib/temporal.mjs';
import { setup } from './setup.mjs';

/** Lines as oslo.log writes them: how fast a scan is depends on which capital letters they have. */
const kinds = {
  'nova-compute': (request, number) =>
    `INFO nova.compute.resource_tracker ${request} Final resource view: phys_ram=512000MB used=${number}MB`,
  'neutron-server': (request, number) =>
    `INFO neutron.wsgi ${request} 172.17.1.22 "GET /v2.0/ports?device_id=${number} HTTP/1.1" status: 200  len: ${number % 4000} time: 0.1`,
  'a storm of warnings': (request, number) =>
    `WARNING nova.scheduler.host_manager ${request} Host compute-${number % 300} has more disk space than expected`,
  'SQL in each line': (request, number) =>
    `DEBUG neutron.db ${request} SELECT ports.id FROM ports LEFT OUTER JOIN networks ON TRUE WHERE (id = ${number}) ORDER BY id`,
};

await main(async () => {
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: '50' },
      latency: { type: 'string', default: '20' },
      runs: { type: 'string', default: '3' },
      log: { type: 'string', default: '2048' },
    },
  });
  const [hosts, latency, runs, log] = ['hosts', 'latency', 'runs', 'log'].map((name) => Number(values[name]));
  await setup();
  await ensureTemporal();
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-bench-'));
  const before = loadavg()[0];
  try {
    await manyHosts(directory, { hosts, latency, runs });
    for (const kind of Object.keys(kinds)) await logScan(directory, { kind, mebibytes: log, runs });
    const { model } = cpus()[0];
    process.stdout.write(
      `\n- ${cpus().length} × ${model}; medians of ${runs}; load average ${before.toFixed(1)} before\n`,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** The loop asks each host for what the check asks: containers, and errors in its log. */
function byHand(log) {
  return `podman ps -aq | wc -l; grep -c ERROR ${log}; uptime; df -h / >/dev/null`;
}

async function manyHosts(directory, { hosts, latency, runs }) {
  const practice = spawn(
    process.execPath,
    [
      join(root, 'dist/practice/hosts.js'),
      ...['--directory', join(directory, 'hosts'), '--hosts', String(hosts), '--latency', String(latency)],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = await once(createInterface({ input: practice.stdout }), 'line');
    const ready = JSON.parse(line).hosts;
    const container = await readFile(join(root, 'test/support/fixtures/podman-container.json'), 'utf8');
    for (const { directory: at } of ready) {
      await mkdir(join(at, 'logs'), { recursive: true });
      await writeLog(join(at, 'logs/nova.log'), 1);
      for (let number = 1; number <= 30; number += 1)
        await writeFile(
          join(at, 'containers', `service_${number}.json`),
          container.replace('neutron_dhcp', `service_${number}`),
        );
    }
    const config = join(directory, 'stackhand.yaml');
    const roles = ready.map(({ name, directory: at }) => [name, { hosts: [name], logs: [join(at, 'logs/*.log')] }]);
    await writeFile(
      config,
      stringify({
        hosts: Object.fromEntries(ready.map(({ name, entry }) => [name, entry])),
        health: { roles: Object.fromEntries(roles), parallel: hosts },
        records: { directory: join(directory, 'records') },
      }),
    );
    const ssh = ({ entry }) => [
      ...['-i', entry.identityFile, '-p', String(entry.port), '-o', `UserKnownHostsFile=${entry.knownHosts}`],
      ...['-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', `${entry.user}@127.0.0.1`],
    ];
    const inventory = join(directory, 'inventory.json');
    await writeFile(inventory, JSON.stringify(inventoryOf(ready)));
    const ways = {
      'a loop of ssh': async () => {
        for (const host of ready)
          await execa('ssh', [...ssh(host), byHand(join(host.directory, 'logs/nova.log'))], { reject: false });
      },
      '`ansible -m shell`, 50 forks, pipelined': () =>
        execa('ansible', ['-i', inventory, 'all', '-m', 'shell', '-f', '50', '-a', byHand('{{ log }}')], {
          // Pipelined, its faster way: the practice hosts have no sftp.
          env: {
            ...{ ANSIBLE_PIPELINING: 'True', ANSIBLE_HOST_KEY_CHECKING: 'False' },
            ANSIBLE_LOCAL_TEMP: join(directory, 'ansible'),
          },
          ...{ reject: false, timeout: 300_000, stdin: 'ignore' },
        }),
    };
    await withProgram(directory, { STACKHAND_CONFIG: config }, async ({ cli }) => {
      const check = (...args) => cli('health', 'check', '--json', ...args).catch((ended) => ended);
      ways['**stackhand** `health check`'] = () => check();
      const seconds = {};
      const slowest = [];
      const alone = [];
      for (let run = 1; run <= runs; run += 1)
        for (const [way, start] of Object.entries(ways)) {
          const took = await timed(start);
          (seconds[way] ??= []).push(took.seconds);
          say(`run ${run}: ${way}: ${took.seconds.toFixed(1)} s`);
          if (!way.includes('stackhand')) continue;
          const report = JSON.parse(took.value.stdout);
          if (report.results.some(({ blind }) => blind)) say('  some hosts were not looked at');
          const shown = JSON.parse((await cli('operation', 'show', report.operation, '--json')).stdout);
          const items = shown.ended.report.items.filter(({ action }) => /^Check host/.test(action));
          const each = items.map(({ startedAt, endedAt }) => (endedAt - startedAt) / 1000);
          slowest.push(Math.max(...each));
          alone.push((Math.max(...items.map((i) => i.endedAt)) - Math.min(...items.map((i) => i.startedAt))) / 1000);
        }
      process.stdout.write(`${hosts} hosts, ${latency} ms\n\n| way | s |\n|---|--:|\n`);
      for (const [way, all] of Object.entries(seconds))
        process.stdout.write(`| ${way} | ${median(all).toFixed(1)} |\n`);
      process.stdout.write(
        `\nOf ours all hosts took ${median(alone).toFixed(1)} s, the slowest of them ${median(slowest).toFixed(1)} s.\n`,
      );
    });
  } finally {
    practice.kill('SIGTERM');
  }
}

function inventoryOf(ready) {
  const hosts = ready.map(({ name, directory, entry }) => [
    name,
    {
      ...{ ansible_host: '127.0.0.1', ansible_port: entry.port, ansible_user: entry.user },
      ...{ ansible_ssh_private_key_file: entry.identityFile, log: join(directory, 'logs/nova.log') },
    },
  ]);
  return { all: { hosts: Object.fromEntries(hosts) } };
}

/** One log read from its beginning, in the page cache and, as a check at night finds it, on the disk alone. */
async function logScan(directory, { kind, mebibytes, runs }) {
  const file = join(directory, 'large.log');
  await writeLog(file, mebibytes, kind);
  await execa('sync', [file]);
  const { HostPool } = await import(join(root, 'dist/systems/host/index.js'));
  const { scanLogs } = await import(join(root, 'dist/systems/logs/index.js'));
  const pool = new HostPool();
  const local = pool.get({
    ...{ name: 'this machine', transport: 'local', address: 'localhost', port: 22, user: 'root', sudo: false },
    ...{ runDirectory: directory, stateDirectory: directory },
  });
  // As SSH has it: this user's may begin with the python3 of a version manager, a script that takes 0.1 s.
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  const host = { name: local.name, run: (argv, options) => local.run(argv, { ...options, env }) };
  const request = {
    ...{ globs: [file], since: 0, now: Math.floor(Date.now() / 1000), cursors: {} },
    limits: { groups: 200, sample: 1000, firstSightBytes: 2 ** 50 },
  };
  let errors = 0;
  const ways = {
    '`grep -c ERROR`': async () => {
      const { stdout } = await execa('grep', ['-c', 'ERROR', file], { env: { ...env, LC_ALL: 'C' } });
      errors = Number(stdout);
      return errors;
    },
    '**stackhand**, grouped': async () => {
      const { groups } = await scanLogs(host, request);
      return groups.reduce((sum, { count }) => sum + count, 0);
    },
  };
  const places = { '': () => execa('cat', [file], { stdout: 'ignore' }), ', from the disk': () => evict(file) };
  const seconds = {};
  for (const [place, prepare] of Object.entries(places))
    for (let run = 1; run <= runs; run += 1)
      for (const [way, start] of Object.entries(ways)) {
        if ((await prepare()) === false) continue;
        const took = await timed(start);
        (seconds[way + place] ??= []).push(took.seconds);
        say(`run ${run}: ${way}${place}: ${took.seconds.toFixed(2)} s, ${took.value} errors`);
      }
  await pool.close();
  process.stdout.write(`\n${kind}: ${mebibytes} MiB with ${errors} errors\n\n| way | s | MiB/s |\n|---|--:|--:|\n`);
  for (const [way, all] of Object.entries(seconds))
    process.stdout.write(`| ${way} | ${median(all).toFixed(2)} | ${(mebibytes / median(all)).toFixed(0)} |\n`);
}

/**
 * Puts a file out of the page cache, for which nobody need be root. False where that is not so afterwards, as in a file
 * system that is in memory.
 */
async function evict(file) {
  await execa('dd', [`if=${file}`, 'iflag=nocache', 'count=0']);
  const { stdout } = await execa('fincore', ['--bytes', '--noheadings', '--output', 'RES', file], { reject: false });
  if (stdout?.trim() === '0') return true;
  say(`${file} stays in the page cache: not read from the disk`);
  return false;
}

/** One line in two thousand is an error, of ten kinds. */
async function writeLog(path, mebibytes, kind = 'nova-compute') {
  const file = await open(path, 'w');
  const start = Date.now() - 3_600_000;
  let number = 0;
  const line = () => {
    number += 1;
    const at = new Date(start + number).toISOString().slice(0, 23).replace('T', ' ');
    const request = `[req-${String(number).padStart(8, '0')}-1111-2222-3333-444444444444 - - - - -]`;
    const reason = 'abcdefghij'[(number / 2000) % 10];
    return number % 2000 === 0
      ? `${at} 7 ERROR nova.compute.manager ${request} Instance ${number} failed: reason ${reason}\n`
      : `${at} 7 ${kinds[kind](request, number)}\n`;
  };
  let written = 0;
  while (written < mebibytes * 1024 * 1024) {
    let block = '';
    while (block.length < 1024 * 1024) block += line();
    written += (await file.write(block)).bytesWritten;
  }
  await file.close();
}
