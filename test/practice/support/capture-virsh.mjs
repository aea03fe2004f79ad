/**
 * Writes virsh-captured.json anew from a real libvirt host that has the domains of the lab (web01, db01, deaf01 run,
 * old01 is off), as root over SSH: node capture-virsh.mjs ssh -p PORT root@ADDRESS
 * Every domain is as it was afterwards. Nobody else may define domains meanwhile.
 */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { runCases } from './probe.mjs';

const [program, ...options] = process.argv.slice(2);
const directory = '/var/lib/libvirt/images/probe';
const quote = (word) => `'${word.replaceAll("'", `'\\''`)}'`;
const remote = (argv, input = '') =>
  execa(program, [...options, ...argv.map(quote)], { input, reject: false, stripFinalNewline: false });

const virsh = (argv) => remote(['env', 'LC_ALL=C', 'virsh', ...argv]);
const names = async () => (await virsh(['list', '--all', '--name'])).stdout.trim().split('\n').sort().join();
const expected = 'app01,db01,deaf01,old01,web01';

if ((await names()) !== expected) throw new Error(`the host needs exactly ${expected}: it has ${await names()}`);
await remote(['mkdir', '-p', directory]);
await remote(['qemu-img', 'create', '-q', '-f', 'qcow2', `${directory}/probe.qcow2`, '16M']);
const results = await runCases({
  virsh,
  write: async (name, text) => void (await remote(['tee', `${directory}/${name}`], text)),
  directory,
  bootSeconds: 10,
  atOnce: 1,
});
await remote(['rm', '-rf', directory]);
if ((await names()) !== expected) throw new Error(`somebody else changed the domains: ${await names()}`);
await writeFile(new URL('virsh-captured.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
process.stdout.write(`${results.length} cases\n`);
