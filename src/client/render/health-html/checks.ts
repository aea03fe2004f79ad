import { healthChecks } from '../../../contracts/health.ts';
import type { CheckResult, HealthReport } from '../../../contracts/health.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { verdictBadge } from './parts.ts';

/**
 * All that was looked at: places by kinds of check. Roles are written out, since a browser forgets them where the
 * style makes a block of a row, as on a phone.
 */
export function checks({ results }: HealthReport): Markup {
  if (results.length === 0) return markup``;
  const kinds = healthChecks.filter((kind) => results.some(({ check }) => check === kind));
  const places = byPlace(results);
  return markup`<section class="card" aria-labelledby="section-checks">
<h2 id="section-checks">All checks</h2>
<table role="table" aria-labelledby="section-checks">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">place</th>${kinds.map(
    (kind) => markup`<th scope="col" role="columnheader">${kind}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">
${[...places].map(
  ([where, of]) => markup`<tr role="row"><th scope="row" role="rowheader">${where}${role(of)}</th>${kinds.map((kind) =>
    cell(
      kind,
      of.filter(({ check }) => check === kind),
    ),
  )}</tr>
`,
)}
</tbody>
</table>
</section>`;
}

/** In the order in which they are first named. */
function byPlace(results: readonly CheckResult[]): Map<string, CheckResult[]> {
  const places = new Map<string, CheckResult[]>();
  for (const result of results) {
    const of = places.get(result.where);
    if (of === undefined) places.set(result.where, [result]);
    else of.push(result);
  }
  return places;
}

const role = (of: readonly CheckResult[]): Markup | undefined => {
  const found = of.find((result) => result.role !== undefined)?.role;
  return found === undefined ? undefined : markup` <span class="muted">${found}</span>`;
};

const cell = (kind: string, of: readonly CheckResult[]): Markup =>
  of.length === 0
    ? markup`<td role="cell" class="empty"><span class="muted" aria-label="not checked">–</span></td>`
    : markup`<td role="cell" data-kind="${kind}">${of.map(
        ({ verdict, seen }) =>
          markup`<div class="result">${verdictBadge(verdict)} <span class="seen">${seen}</span></div>`,
      )}</td>`;
