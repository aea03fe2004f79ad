/**
 * Recorded histories, by the release whose workers made them: test/replay/RELEASE/NAME.json, and beside them release.json,
 * which names the workflows of that release and the digest of each history. `next` is what the next release will keep.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

export const next = 'next';
const manifestName = 'release.json';

/** A history as JSON, without who ran it and on which machine: replay looks at none of that. */
export function historyText(history) {
  return `${JSON.stringify(history, unnamed, 1)}\n`;
}

function unnamed(key, value) {
  if (key === 'stackTrace') return '';
  if (key === 'identity') return 'worker@example';
  if (typeof value !== 'string') return value;
  if (key !== 'data') return withoutMachine(value);
  const text = Buffer.from(value, 'base64').toString();
  return text.includes('\uFFFD') ? value : Buffer.from(withoutMachine(text)).toString('base64');
}

/** The same in each place, since the queue of a machine's files has its name in it. */
const withoutMachine = (text) =>
  text.replaceAll(`@${hostname()}`, '@example').replaceAll(`files-${hostname()}`, 'files-example');

/** @returns {Promise<{ release: string, names: string[], manifest: object | undefined }[]>} sorted by name */
export async function recordedReleases(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const found = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    found.sort().map(async (release) => {
      const names = (await readdir(join(directory, release))).filter((name) => name.endsWith('.json')).sort();
      const manifest = names.includes(manifestName)
        ? JSON.parse(await readFile(join(directory, release, manifestName), 'utf8'))
        : undefined;
      return { release, names: names.filter((name) => name !== manifestName), manifest };
    }),
  );
}

/** Types of the workflows that src/workflows/index.ts exports. */
export const workflowTypes = (index) => [...index.matchAll(/^export \{ (\w+) \}/gm)].map(([, type]) => type);

export const typeOf = (history) =>
  history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'none';

/** Makes of `next` the histories of a release, which nobody changes from then on. */
export async function sealRelease(directory, release, workflows) {
  const from = join(directory, next);
  const to = join(directory, release);
  await mkdir(to, { recursive: false });
  const digests = {};
  for (const name of (await readdir(from)).filter((each) => each.endsWith('.json')).sort()) {
    digests[name] = digestOf(await readFile(join(from, name)));
    await rename(join(from, name), join(to, name));
  }
  await rmdir(from);
  await writeFile(join(to, manifestName), `${JSON.stringify({ release, workflows, digests }, null, 2)}\n`);
}

/**
 * What is wrong with the histories, in sentences: a release without any, without one of a workflow that it had, or with one
 * that was changed, removed or added since.
 */
export async function problemsOf(directory, releases) {
  const recorded = await recordedReleases(directory);
  const problems = releases
    .filter((release) => !recorded.some((each) => each.release === release && each.manifest !== undefined))
    .map((release) => `${release} was released and has no histories: npm run record -- --release`);
  for (const { release, names, manifest } of recorded) {
    if (release === next) continue;
    if (manifest === undefined) {
      problems.push(`${release} has no ${manifestName}`);
      continue;
    }
    if (manifest.unsupported !== undefined) continue;
    const types = new Set();
    for (const name of names) {
      const content = await readFile(join(directory, release, name));
      types.add(typeOf(JSON.parse(content.toString())));
      if (manifest.digests[name] === undefined) problems.push(`${release}/${name} was added after the release`);
      else if (manifest.digests[name] !== digestOf(content))
        problems.push(`${release}/${name} was changed after the release`);
    }
    for (const name of Object.keys(manifest.digests))
      if (!names.includes(name)) problems.push(`${release}/${name} was removed after the release`);
    for (const type of manifest.workflows)
      if (!types.has(type)) problems.push(`${release} had the workflow ${type} and has no history of it`);
  }
  return problems;
}

const digestOf = (content) => createHash('sha256').update(content).digest('hex');
