import { verdicts } from '../../../contracts/health.ts';
import type { Finding, HealthReport } from '../../../contracts/health.ts';
import { counted, formatDuration } from '../../../domain/format.ts';
import { sortFindings } from '../health-words.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { anchorOf, differenceBadge, shape, time, verdictBadge, verdictWord } from './parts.ts';

/** What an engineer acts on: what is wrong by verdict, then what no longer is, then what is known. */
export function findings({ findings: all, endedAt }: HealthReport): Markup {
  const { wrong, resolved, known } = sortFindings(all);
  return markup`${wrong.length === 0 ? undefined : wrongOnes(wrong, endedAt)}
${list('resolved', 'Resolved', resolved, (finding) => resolvedOne(finding, endedAt))}
${list('known', 'Known, nothing to act on', known, knownOne)}`;
}

function wrongOnes(wrong: readonly Finding[], now: number): Markup {
  const groups = [...verdicts].reverse().flatMap((verdict) => {
    const of = wrong.filter((finding) => finding.verdict === verdict);
    if (of.length === 0) return [];
    return [
      markup`<h3 class="group ${verdict}">${shape(verdict)} ${verdictWord(verdict)} <span class="muted">${of.length}</span></h3>
${of.map((finding) => article(finding, now))}`,
    ];
  });
  return markup`<section aria-labelledby="section-wrong">
<h2 id="section-wrong">What is wrong</h2>
${groups}
</section>`;
}

function article(finding: Finding, now: number): Markup {
  const { verdict, where, what, check, evidence = [], next } = finding;
  const id = anchorOf(finding);
  return markup`<article class="finding ${verdict}" id="${id}">
<p class="marks">${verdictBadge(verdict)} ${differenceBadge(finding)} <span class="muted">${check}</span><a class="anchor" href="#${id}" aria-label="${`Link to ${where}: ${what}`}">#</a></p>
<h4><b>${where}</b>: ${what}</h4>
<p class="facts">${facts(finding, now)}</p>
${evidence.length === 0 ? undefined : evidenceOf(evidence)}
${next === undefined ? undefined : markup`<p class="next">Next: <code>${words(next)}</code></p>`}
</article>
`;
}

const words = (command: string): Markup[] =>
  command.split(' ').map((word, index) => markup`${index === 0 ? '' : ' '}<span>${word}</span>`);

function facts({ difference, since, count, first, last }: Finding, now: number): Markup[] {
  const all = [
    difference === 'new'
      ? markup`first seen in this run`
      : markup`seen since ${time(since)} (${formatDuration(now - since)})`,
    ...(count === undefined ? [] : [markup`${counted(count, 'time')}`]),
    ...(first === undefined ? [] : [markup`first at ${time(first)}`]),
    ...(last === undefined ? [] : [markup`last at ${time(last)}`]),
  ];
  return all.map((fact) => markup`<span>${fact}</span> `);
}

/** Lines above which it may have to be scrolled, also with the keyboard. */
const linesSeen = 8;

const evidenceOf = (lines: readonly string[]): Markup => {
  const text = lines.join('\n');
  // A browser drops the first newline of a <pre>, so there is one to drop.
  return lines.length > linesSeen || text.length > 800
    ? markup`<pre tabindex="0" role="group" aria-label="Evidence">
${text}</pre>`
    : markup`<pre>
${text}</pre>`;
};

function list(name: string, title: string, of: readonly Finding[], item: (finding: Finding) => Markup): Markup {
  if (of.length === 0) return markup``;
  return markup`<section class="card" aria-labelledby="section-${name}">
<h2 id="section-${name}">${title} <span class="muted">${of.length}</span></h2>
<ul class="plain">
${of.map(
  (finding) => markup`<li id="${anchorOf(finding)}">${item(finding)}</li>
`,
)}
</ul>
</section>`;
}

const resolvedOne = ({ verdict, where, what, since }: Finding, now: number): Markup =>
  markup`${shape('ok')} <b>${where}</b>: ${what} <span class="muted">was ${verdict}, seen since ${time(since)} (${formatDuration(now - since)})</span>`;

const knownOne = ({ verdict, where, what, known }: Finding): Markup =>
  markup`${verdictBadge(verdict)} <b>${where}</b>: ${what} <span class="why">${known?.reason}${
    known?.until === undefined ? undefined : markup` <span class="muted">until ${known.until}</span>`
  }</span>`;
