import { run } from './run.mjs';
import { Stop, say, seconds } from './say.mjs';

/**
 * Installs Debian packages where that needs no password, and says so aloud; otherwise stops with the line to type.
 *
 * @param {string[]} packages nothing happens for none
 * @param {string} why a sentence: what they are for
 */
export async function ensurePackages(packages, why = 'the lab needs them') {
  if (packages.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if ((await run('apt-get', ['--version'], { output: 'keep' })).code !== 0) {
    throw new Stop(why, `install the packages that have them (Debian's names: ${packages.join(' ')})`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && (await run('sudo', ['-n', 'true'], { output: 'keep' })).code !== 0)
    throw new Stop(why, `sudo ${line}`);
  const since = Date.now();
  say(`${why}: installing ${packages.join(', ')} as root (${[...sudo, line].join(' ')})`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const type = (command) => {
    const [program, ...args] = [...sudo, ...command];
    return run(program, args, { output: 'keep', env });
  };
  await type(['apt-get', 'update', '-qq']);
  const { code, output } = await type(line.split(' '));
  if (code !== 0) throw new Stop(`apt-get failed (exit ${code}):\n${output.trimEnd()}`, [...sudo, line].join(' '));
  say(`  installed in ${seconds(since)}`);
}
