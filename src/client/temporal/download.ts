import { createHash } from 'node:crypto';
import { execa } from 'execa';
import type { Report } from './program.ts';
import { platformName, release } from './release.ts';

export interface DownloadOptions {
  readonly from?: string;
  readonly platform?: string;
  readonly digests?: Readonly<Record<string, string>>;
  /** Milliseconds until the server must have begun to answer, and until all of it must be here. */
  readonly answerWithin?: number;
  readonly wholeWithin?: number;
}

/** The release's own archive, held against its digest. Fails at once where the network is closed. */
export async function download(directory: string, report: Report, options: DownloadOptions = {}): Promise<void> {
  const platform = options.platform ?? platformName();
  const expected = (options.digests ?? release.archives)[platform];
  if (expected === undefined) throw new Error(`there is no download for ${platform}`);
  const url = `${options.from ?? release.downloads}/v${release.version}/temporal_cli_${release.version}_${platform}.tar.gz`;
  report(`downloading the Temporal program ${release.version}`);
  const archive = await get(url, options.answerWithin ?? 10_000, options.wholeWithin ?? 300_000);
  const digest = createHash('sha256').update(archive).digest('hex');
  if (digest !== expected) {
    throw new Error(`the download of ${url} has SHA-256 ${digest} where ${expected} was expected`);
  }
  await execa('tar', ['-xzf', '-', '-C', directory, 'temporal'], { input: archive });
}

async function get(url: string, answerWithin: number, wholeWithin: number): Promise<Buffer> {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Error('no answer in time')), answerWithin);
  const tooLong = setTimeout(() => stop.abort(new Error('it took too long')), wholeWithin);
  try {
    const response = await fetch(url, { signal: stop.signal });
    clearTimeout(late);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    // fetch says "fetch failed" and keeps the reason in its cause.
    const { message, cause } = error as Error & { cause?: Error };
    throw new Error(`download of ${url} failed (${cause?.message ?? message})`, { cause: error });
  } finally {
    clearTimeout(late);
    clearTimeout(tooLong);
  }
}
