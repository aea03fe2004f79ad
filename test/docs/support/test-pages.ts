import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { useCloudProgram } from '../../support/cloud-program.ts';
// jest can't link one module for two dynamic imports at once: this loads them.
import '../../client/support/cli.ts';
import { blocksOf, commandsOf, wordsOf } from './pages.ts';
import type { Block } from './pages.ts';
import { scenes } from './scenes.ts';
import { Typist, World } from './world.ts';

/** Commands that change this machine have tests of their own; the pages' commands go on as if they had run. */
export const elsewhere: Readonly<Record<string, string>> = {
  dev: 'test/client/dev.test.ts',
  worker: 'test/support/cloud-program.ts',
};

/** Addresses that the pages use as examples, and what has their place here. */
const meant: Readonly<Record<string, string>> = {
  'root@kvm1': 'kvm1',
  '192.168.100.10:/osp16_backup': 'nas',
  test: 'project2',
};

/** Tests that every command of these pages runs, in its order, as the page says. Call it at the top of a file. */
export function testPages(pages: readonly string[]): void {
  let world: World;
  const program = useCloudProgram(
    async () => {
      world = await World.open();
      return world.place();
    },
    { standing: true },
  );
  beforeAll(() => program.ensureWorker(), 60_000);
  beforeEach(() => world.reset());
  afterAll(() => world.close(), 60_000);

  test.each(pages)(
    '%s',
    async (page) => {
      const directory = join(program.directory, page.replaceAll('/', '-'));
      await mkdir(directory);
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', join(directory, 'noble.img'), '3M']);
      const typist = new Typist(program, directory);
      await typist.file('flavors.txt', [`${page.includes('guide') ? 'guide' : 'other'}.small 1 2048 20 0`]);
      for (const block of await blocksOf(page)) {
        if (block.file !== undefined) await typist.file(block.file, block.lines);
        if (block.language === 'sh' && !block.said.has('not run')) await run(block, typist);
      }
    },
    420_000,
  );

  async function run(block: Block, typist: Typist): Promise<void> {
    const place = `${block.page}:${String(block.line)}`;
    const before = block.said.get('before');
    if (before !== undefined) {
      const scene = scenes[before];
      if (scene === undefined) throw new Error(`${place}: nobody knows "${before}"`);
      await scene(world, program);
    }
    const commands = commandsOf(block);
    for (const [at, command] of commands.entries()) {
      const expected = at === commands.length - 1 ? Number(block.said.get('exit') ?? 0) : 0;
      const words = wordsOf(command)?.map((word) => meant[word] ?? word);
      if (words?.[0] === 'export') continue;
      if (words?.[0] === 'stackhand' && (words[1] ?? '') in elsewhere) continue;
      const began = performance.now();
      const { exitCode, told } =
        words?.[0] === 'stackhand' ? await typist.type(words.slice(1)) : await typist.shell(command);
      if (process.env['DOCS_TOLD'] !== undefined)
        process.stderr.write(`${place} ${((performance.now() - began) / 1000).toFixed(1)} s $ ${command}\n${told}\n`);
      expect({ place, command, exitCode, told: exitCode === expected ? '' : told }).toEqual({
        ...{ place, command, exitCode: expected, told: '' },
      });
    }
  }
}
