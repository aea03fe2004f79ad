import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { basename } from 'node:path';
import { run } from '../scripts/lib/run.mjs';

const programs = [
  'tar',
  'gzip',
  'zstd',
  'openssl',
  '/usr/bin/python3',
  'qemu-img',
  'virtnbdbackup',
  'sha256sum',
  'bash',
];

/** What a reader needs to judge the numbers, and nothing that names the machine. */
export async function describeMachine(directory) {
  const { output } = await run('stat', ['-f', '-c', '%T', directory], { output: 'keep' });
  const versions = await Promise.all(programs.map(version));
  return [
    `${availableParallelism()} cores (${cpus()[0].model}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `Linux ${release()}, ${output.trim()}`,
    `Node ${process.versions.node}, ${versions.filter(Boolean).join(', ')}`,
  ];
}

async function version(program) {
  const { code, output } = await run(program, [program === 'openssl' ? 'version' : '--version'], { output: 'keep' });
  const number = /\d+\.\d+(\.\d+)?/.exec(output)?.[0];
  return code === 0 && number !== undefined ? `${basename(program)} ${number}` : undefined;
}
