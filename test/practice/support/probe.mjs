import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs the cases of virsh-cases.json: the looks, then the deeds one after another, since each meets what those before
 * it changed.
 *
 * @param {object} site
 * @param {(argv: string[]) => Promise<{stdout: string, stderr: string, exitCode: number}>} site.virsh
 * @param {(name: string, text: string) => Promise<void>} site.write a file on the host
 * @param {string} site.directory on the host, for the files of the domain that the cases define
 * @param {number} site.bootSeconds until a guest hears an ACPI request
 * @param {number} [site.atOnce] how many looks at a time
 */
export async function runCases({ virsh, write, directory, bootSeconds, atOnce = 4 }) {
  const uuid = (await virsh(['domuuid', 'web01'])).stdout.trim();
  await prepareProbe({ virsh, write, directory });
  const { looks, deeds } = JSON.parse(await readFile(new URL('virsh-cases.json', import.meta.url), 'utf8'));
  const ask = async (argv) => {
    const words = argv.map((word) => word.replace('UUID', uuid).replace('PROBE', `${directory}/probe.xml`));
    return { argv, ...shapeOf(await virsh(words)) };
  };
  const results = [];
  for (let at = 0; at < looks.length; at += atOnce) {
    results.push(...(await Promise.all(looks.slice(at, at + atOnce).map(ask))));
  }
  for (const one of deeds) {
    if (one === 'boot') {
      await sleep(bootSeconds * 1000);
    } else if (one === 'off') {
      while ((await virsh(['domstate', 'probe01'])).stdout.trim() !== 'shut off') await sleep(200);
    } else {
      results.push(await ask(one));
    }
  }
  return results;
}

/** Definitions from which `define` makes probe01, and three that it refuses. Its disk is probe.qcow2. */
async function prepareProbe({ virsh, write, directory }) {
  const old = (await virsh(['dumpxml', 'old01', '--inactive'])).stdout.trim();
  const uuid = '0c0ffee0-0000-4000-8000-000000000001';
  const other = old.replace(/<uuid>.*<\/uuid>/, `<uuid>${uuid}</uuid>`);
  const renamed = old.replace('<name>old01<', '<name>probe01<');
  const probe = other
    .replaceAll('old01', 'probe01')
    .replace(/<source file='[^']*\.iso'\/>/, '')
    .replace(/<source file='[^']*'\/>/, `<source file='${directory}/probe.qcow2'/>`);
  await write('probe.xml', probe);
  await write('probe.xml.twin', other);
  await write('probe.xml.renamed', renamed);
  await write('probe.xml.other', '<pool/>');
}

/**
 * What two hosts have in common: everything but names of files, numbers, the widths that follow from them, and how many
 * more domains there are.
 */
function shapeOf({ stdout, stderr, exitCode }) {
  const shape = (text) =>
    text
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, 'UUID')
      .replace(/\/[\w./-]+/g, 'PATH')
      .replace(/(?<!\w)\d+(\.\d+)*/g, 'N')
      .replace(/^.*\bapp01\b.*\n/m, '')
      .replace(/^(.*\n)\1+/gm, '$1')
      .replace(/-{8,}/g, '---')
      .replace(/ {2,}/g, '  ');
  // On stderr libvirt's own empty lines come and go with the moment at which stdout is flushed.
  return { stdout: shape(stdout), stderr: shape(stderr).replace(/\n+/g, '\n').trim(), exitCode };
}
