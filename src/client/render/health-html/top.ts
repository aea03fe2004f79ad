import { verdicts } from '../../../contracts/health.ts';
import type { Finding, HealthCounts, HealthReport, HealthRun, Verdict } from '../../../contracts/health.ts';
import { counted, formatDuration } from '../../../domain/format.ts';
import { countsByVerdict } from '../../../domain/health/counts-text.ts';
import { localIso, looked, scopeOf, sortFindings } from '../health-words.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { anchorOf, differenceBadge, shape, time, verdictBadge, verdictWord } from './parts.ts';

/** What a manager reads: the verdict, when it was made, how many, and what is new. */
export function top(report: HealthReport): Markup {
  const { verdict, counts, startedAt, endedAt, comparedWith } = report;
  return markup`<header class="verdict ${verdict}">
${shape(verdict)}
<div>
<p class="word">${verdictWord(verdict)}</p>
<h1>${sentence(report)}</h1>
<p class="when">Checked: ${scopeOf(report)}, at <time datetime="${localIso(startedAt)}">${localIso(startedAt)}</time>, which took ${formatDuration(endedAt - startedAt)}: ${looked(report)}.${
    comparedWith === undefined
      ? markup` This was the first run.`
      : markup` Compared with the run of ${time(comparedWith.at)}.`
  }${elsewhere(report)}</p>
</div>
</header>
${tiles(counts)}
${newOnes(report)}`;
}

/** Of a check that looked at a part, what stands open elsewhere. */
function elsewhere({ elsewhere: open = 0 }: HealthReport): Markup {
  if (open === 0) return markup``;
  return markup` ${counted(open, 'finding')} of former checks ${open === 1 ? 'stands' : 'stand'} open where this one was not asked to look.`;
}

/** The verdict in a sentence. */
export function sentence({ verdict, counts, results, findings }: HealthReport): string {
  const { critical, warning, unknown, known } = counts;
  const fresh = sortFindings(findings).wrong.filter((each) => each.verdict === verdict && each.difference === 'new');
  if (verdict === 'critical') {
    return critical === 1
      ? `1 ${fresh.length === 1 ? 'new ' : ''}critical problem needs action`
      : `${String(critical)} critical problems need action${ofThemNew(fresh.length, critical)}`;
  }
  if (verdict === 'warning') {
    return warning === 1
      ? `1 ${fresh.length === 1 ? 'new ' : ''}warning needs a look`
      : `${String(warning)} warnings need a look${ofThemNew(fresh.length, warning)}`;
  }
  if (verdict === 'unknown') {
    return `${counted(unknown, 'thing')} could not be checked${warning === 0 ? '' : `, and ${counted(warning, 'warning')}`}`;
  }
  if (results.length === 0) return 'Nothing was checked';
  return known === 0 ? 'All that was checked is well' : `All is well but ${counted(known, 'known issue')}`;
}

const ofThemNew = (fresh: number, all: number): string =>
  fresh === 0 ? '' : fresh === all ? ', all new' : `, ${String(fresh)} of them new`;

function tiles(counts: HealthCounts): Markup {
  const tile = (name: string, count: number, verdict?: Verdict): Markup =>
    markup`<div class="tile ${count === 0 ? 'none' : (verdict ?? 'some')}"><dt>${
      verdict === undefined ? undefined : shape(verdict)
    } ${name}</dt><dd>${count}</dd></div>`;
  return markup`<dl class="tiles">
${[
  tile('critical', counts.critical, 'critical'),
  tile(counts.warning === 1 ? 'warning' : 'warnings', counts.warning, 'warning'),
  tile('unknown', counts.unknown, 'unknown'),
  tile('new', counts.new),
  tile('still there', counts.stillThere),
  tile('resolved', counts.resolved),
  tile('known', counts.known),
]}
</dl>`;
}

/** New ones that are named at the top; all are below. */
const newShown = 8;

function newOnes({ findings, comparedWith }: HealthReport): Markup {
  const changed = sortFindings(findings).wrong.filter(({ difference }) => difference !== 'still there');
  if (comparedWith === undefined && changed.length === 0) return markup``;
  const left = changed.length - newShown;
  return markup`<section class="card" aria-labelledby="section-new">
<h2 id="section-new">${comparedWith === undefined ? 'Seen in this first run' : markup`New or worse since ${time(comparedWith.at)}`}</h2>
${
  changed.length === 0
    ? markup`<p>Nothing new, and nothing got worse.</p>`
    : markup`<ul class="plain">
${changed.slice(0, newShown).map(newOne)}
</ul>${left > 0 ? markup`<p class="muted">and ${left} more below</p>` : undefined}`
}
</section>`;
}

const newOne = (finding: Finding): Markup =>
  markup`<li>${verdictBadge(finding.verdict)} ${
    finding.difference === 'worse' ? differenceBadge(finding) : undefined
  } <a href="#${anchorOf(finding)}"><b>${finding.where}</b>: ${finding.what}</a></li>
`;

const runsShown = 30;
const [barWidth, barGap, barHeight] = [14, 4, 40];
/** The worse, the higher. */
const heights: Record<Verdict, number> = { ok: 12, warning: 22, unknown: 30, critical: barHeight };

/** The last runs as bars, this one at the right. */
export function history(report: HealthReport): Markup {
  const { operation, scope, checks, startedAt: at, verdict, counts } = report;
  const before = report.history.filter((run) => run.operation !== operation);
  const runs: HealthRun[] = [{ operation, at, scope, checks, verdict, counts }, ...before]
    .slice(0, runsShown)
    .reverse();
  // One bar tells no more than the verdict above.
  if (runs.length === 1) return markup``;
  const bars = runs.map(
    (run, index) =>
      markup`<rect class="${run.verdict}" x="${index * (barWidth + barGap)}" y="${barHeight - heights[run.verdict]}" width="${barWidth}" height="${heights[run.verdict]}" rx="2"><title>${localIso(run.at)}: ${verdictWord(run.verdict)}${suffix(countsByVerdict(run.counts))}</title></rect>`,
  );
  const sums = [...verdicts].reverse().flatMap((each) => {
    const count = runs.filter((run) => run.verdict === each).length;
    return count === 0 ? [] : [markup`<li>${shape(each)} ${count} ${each}</li>`];
  });
  const width = runs.length * (barWidth + barGap) - barGap;
  return markup`<section class="card" aria-labelledby="section-history">
<h2 id="section-history">The last ${runs.length} runs</h2>
<figure class="history">
<svg role="img" aria-label="${`Verdicts, newest last: ${runs.map((run) => run.verdict).join(', ')}`}" viewBox="0 0 ${width} ${barHeight}" width="${width}" height="${barHeight}">${bars}</svg>
<figcaption><ul class="legend">${sums}</ul><span class="muted">from ${time(runs[0]?.at ?? at)} to ${time(at)}, newest right; the worse, the higher</span></figcaption>
</figure>
</section>`;
}

const suffix = (text: string): string => (text === '' ? '' : `, ${text}`);
