import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../scripts/lib/run.mjs';
import { Stop } from '../scripts/lib/say.mjs';

/**
 * The ways to bring an image into a file, each as `{ name, run(output), missing }`: `run` makes `output` (a file or a
 * directory) and ends when the program does; `missing` says why it can't be measured here. All of them run in a
 * session of their own, as our job does, so that the scheduler gives each the same share.
 */
export function shellWays(image) {
  const name = `'${image}'`;
  return [
    ['cp --sparse=never', `cp --sparse=never ${name} "$OUT"`],
    ['tar czf', `tar -C / -czf "$OUT" ${relative(image)}`],
    ['tar -Sczf', `tar -C / -Sczf "$OUT" ${relative(image)}`],
    ['qemu-img convert -c', `qemu-img convert -c -f raw -O qcow2 ${name} "$OUT"`],
    ['tar -S \\| zstd -T0 -3', `tar -C / -Scf - ${relative(image)} | zstd -q -T0 -3 >"$OUT"`],
    [
      'tar -S \\| tee >(sha256sum) \\| zstd -T0 -3',
      `mkfifo "$OUT.fifo"; sha256sum <"$OUT.fifo" >"$OUT.sum" &
       tar -C / -Scf - ${relative(image)} | tee "$OUT.fifo" | zstd -q -T0 -3 >"$OUT"; wait`,
    ],
  ].map(([title, script]) => ({ name: title, run: (output) => shell(script, output) }));
}

const relative = (path) => `'${path.replace(/^\/+/, '')}'`;

function shell(script, output) {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `set -eo pipefail; export LC_ALL=C; ${script}`], {
      env: { ...process.env, OUT: output },
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Stop(`exit code ${code} of: ${script}`))));
  });
}

/** Ours: the job that a backup runs, through a Host, from its start to what the worker learns of its end. */
export async function ourWays({ dist, image, allocated, directory }) {
  const load = (path) => import(join(dist, path));
  const { HostPool } = await load('systems/host/index.js');
  const { archiveResult, startArchive } = await load('systems/jobs/archive.js');
  const { followJob, removeJobs } = await load('systems/jobs/job.js');
  const { startVerify } = await load('systems/jobs/verify.js');

  const paths = { run: join(directory, 'run'), state: join(directory, 'state') };
  const pool = new HostPool();
  const host = pool.get({
    name: 'this machine',
    transport: 'local',
    address: 'localhost',
    port: 22,
    user: 'root',
    sudo: false,
    runDirectory: paths.run,
    stateDirectory: paths.state,
  });
  const { stdout } = await host.run(['stat', '-c', '%s %i %s %Y %Z', '--', image]);
  const [size, ...fingerprint] = stdout.trim().split(' ');
  const source = {
    path: image,
    kind: 'file',
    role: 'disk',
    format: 'raw',
    size: Number(size),
    allocated,
    archive: 'image.tar',
    fingerprint: fingerprint.join(' '),
  };

  const withoutPython = {
    name: host.name,
    run: (argv, options) => host.run(argv, { ...options, env: { ...options?.env, STACKHAND_PYTHON: '' } }),
  };

  const backup = async (output, { verify = false, on = host } = {}) => {
    await mkdir(output);
    const operation = randomUUID();
    const share = { mountPoint: output, mountSource: null };
    const spec = { source, directory: output, share, domain: null, compression: 'zstd' };
    const archive = { operation, step: 'archive' };
    await startArchive(on, paths, archive, spec);
    const entry = { source, ...archiveResult(await followJob(host, paths, archive)) };
    if (verify) {
      const step = { operation, step: 'verify' };
      await startVerify(host, paths, step, { archive: join(output, entry.file), entry, share });
      await followJob(host, paths, step);
    }
    return () => removeJobs(host, paths, operation);
  };
  return {
    ways: [
      { name: '**stackhand**: archive, digest, fsync', run: (output) => backup(output) },
      { name: '**stackhand**: on a host without Python', run: (output) => backup(output, { on: withoutPython }) },
      { name: '**stackhand**: then read back and verified', run: (output) => backup(output, { verify: true }) },
    ],
    close: () => pool.close(),
  };
}

/**
 * virtnbdbackup reads disks through libvirt, so each way gets a domain, never started, with the image as its disk. It
 * compresses only what isn't raw, so one of them has the same data as qcow2.
 */
export async function virtnbdbackupWays(image, directory) {
  const names = { raw: 'virtnbdbackup --raw (not compressed)', qcow2: 'virtnbdbackup -z (lz4), from qcow2' };
  const missing = (why) => ({ ways: Object.values(names).map((name) => ({ name, missing: why })), close: () => {} });
  if ((await run('virtnbdbackup', ['--version'], { output: 'keep' })).code !== 0) return missing('it is not installed');
  const virsh = (...args) => run('virsh', ['-c', 'qemu:///system', ...args], { output: 'keep' });
  if ((await virsh('uri')).code !== 0) return missing('no libvirt answers on qemu:///system');
  const qcow2 = join(directory, 'image.qcow2');
  const converted = await run('qemu-img', ['convert', '-O', 'qcow2', image, qcow2], { output: 'keep' });
  if (converted.code !== 0) throw new Stop(`the image can't be made a qcow2: ${converted.output}`);

  const domains = [];
  const close = async () => {
    for (const domain of domains) await virsh('undefine', domain);
  };
  for (const [format, file] of [
    ['raw', image],
    ['qcow2', qcow2],
  ]) {
    const domain = `stackhand-bench-${process.pid}-${format}`;
    const xml = join(directory, `${format}.xml`);
    await writeFile(
      xml,
      `<domain type='qemu'><name>${domain}</name><memory>65536</memory><os><type>hvm</type></os><devices>
       <disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${file}'/><target dev='vda'/></disk>
       </devices></domain>`,
    );
    const defined = await virsh('define', xml);
    if (defined.code !== 0) {
      await close();
      return missing(`libvirt refuses its domain: ${defined.output.trim()}`);
    }
    domains.push(domain);
  }
  const script = (domain, option) =>
    `virtnbdbackup -n ${option} -l copy -d ${domain} -o "$OUT" >"$OUT.log" 2>&1 || { tail -n 3 "$OUT.log" >&2; exit 1; }`;
  return {
    ways: [
      { name: names.raw, run: (output) => shell(script(domains[0], '--raw'), output) },
      { name: names.qcow2, run: (output) => shell(script(domains[1], '-z'), output) },
    ],
    close,
  };
}
