import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import puppeteer from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import { healthHtml } from '../../../src/client/render/health-html.ts';
import { finding, report, sampleReport } from '../../client/support/health.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** What a browser makes of the report. Pictures of it stay where STACKHAND_PICTURES says. */
describe('the health report in a browser', () => {
  let browser: Browser;
  let page: Page;
  let directory: string;
  const asked: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    directory = await scratchDirectory('html');
    // As root, as the lab is run, Chromium has no sandbox; what it opens is ours.
    browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
  }, 60_000);
  afterAll(() => browser.close());

  const show = async (name: string, html: string, width: number, scheme: 'light' | 'dark'): Promise<string> => {
    const file = join(directory, `${name}.html`);
    await writeFile(file, html);
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(pathToFileURL(file).href);
    const pictures = process.env['STACKHAND_PICTURES'];
    if (pictures !== undefined) {
      await mkdir(pictures, { recursive: true });
      await page.screenshot({
        path: join(pictures, `${name}-${String(width)}-${scheme}.png`),
        fullPage: name === 'sample',
      });
    }
    return pathToFileURL(file).href;
  };

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('at %i pixels, %s: fits, can be read, and asks nobody for anything', async (width, scheme) => {
    asked.length = complaints.length = 0;
    const url = await show('sample', healthHtml(sampleReport()), width, scheme);
    expect([asked, complaints]).toEqual([[url], []]);
    const overhang = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overhang).toBe(0);
    // What WCAG 2 asks of text, AA.
    expect(await page.evaluate(faintTexts)).toEqual([]);
  });

  test('the measure of contrast finds what is too faint', async () => {
    await show(
      'faint',
      '<body style="background: #fff"><p style="color: #bbb">hardly there</p><p>well there</p>',
      800,
      'light',
    );
    expect(await page.evaluate(faintTexts)).toEqual([expect.stringMatching(/^1\.9\d: hardly there$/)]);
  });

  test('on paper it is black on white, and nothing of it is folded away', async () => {
    await show('sample', healthHtml(sampleReport()), 1280, 'dark');
    // Both at once, which puppeteer's own two calls can't say: paper is white, whatever the screen has.
    const devtools = await page.createCDPSession();
    const features = [{ name: 'prefers-color-scheme', value: 'dark' }];
    await devtools.send('Emulation.setEmulatedMedia', { media: 'print', features });
    expect(await page.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`)).toBe(true);
    expect(await page.evaluate(`getComputedStyle(document.body).backgroundColor`)).toMatch(/255, 255, 255|, 0\)$/);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    const hidden = await page.evaluate(
      `[...document.querySelectorAll('pre, code')].filter((each) => each.getClientRects().length === 0).length`,
    );
    expect(hidden).toBe(0);
    await devtools.send('Emulation.setEmulatedMedia', { media: 'screen', features: [] });
  });

  test('what a log says is text, whatever it says', async () => {
    const bad = '</pre><script>document.title = "gone"</script><img src="http://127.0.0.1:9/x"><b id="bad">';
    asked.length = 0;
    const url = await show(
      'hostile',
      healthHtml(report({ findings: [finding({ evidence: [bad], what: bad })] })),
      1280,
      'light',
    );
    expect(asked).toEqual([url]);
    expect(await page.title()).not.toBe('gone');
    expect(await page.evaluate(`document.getElementById('bad') === null`)).toBe(true);
    expect(await page.evaluate('document.body.innerText')).toContain('<b id="bad">');
  });

  test('of hundreds of findings it is there in a moment', async () => {
    const findings = Array.from({ length: 2000 }, (_, at) =>
      finding({ id: String(at), alarm: `a${String(at)}`, what: `fault ${String(at)}` }),
    );
    const url = await show('many', healthHtml(report({ findings })), 1280, 'light');
    expect(page.url()).toBe(url);
    expect(await page.evaluate('document.body.innerText')).toContain('fault 1999');
  }, 30_000);
});

/** Texts whose contrast with what is behind them is too low, in the browser. */
const faintTexts = `(() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([red, green, blue]) =>
    [red, green, blue]
      .map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.documentElement).colorScheme.includes('dark') ? '0 0 0' : '255 255 255');
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, textContent } = texts.currentNode;
    if (textContent.trim() === '' || element.getClientRects().length === 0 || element.closest('svg') !== null) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [one, other] = [light(parse(style.color)), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < (large ? 3 : 4.5)) faint.push(contrast.toFixed(2) + ': ' + textContent.trim().slice(0, 40));
  }
  return faint;
})()`;
