import type { Finding, Verdict } from '../../../contracts/health.ts';
import { localIso, localMinute } from '../health-words.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

/** A form for each verdict, so that it is told without colours too. Used by reference, since a report may have thousands. */
export const shapes = markup`<svg width="0" height="0" class="shapes" aria-hidden="true">
<symbol id="shape-ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/><path class="sign" d="M4.5 8.4 7 10.8 11.5 5.6"/></symbol>
<symbol id="shape-warning" viewBox="0 0 16 16"><path d="M8 .9 15.8 15H.2z"/><path class="sign" d="M8 6v4M8 12.2v.3"/></symbol>
<symbol id="shape-unknown" viewBox="0 0 16 16"><path d="M8 .2 15.8 8 8 15.8.2 8z"/><path class="sign" d="M6.1 6.6C6.1 4.2 9.9 4.2 9.9 6.5 9.9 8 8 7.9 8 9.4M8 11.6v.3"/></symbol>
<symbol id="shape-critical" viewBox="0 0 16 16"><path d="M4.9.5h6.2l4.4 4.4v6.2l-4.4 4.4H4.9L.5 11.1V4.9z"/><path class="sign" d="m5.3 5.3 5.4 5.4m0-5.4-5.4 5.4"/></symbol>
</svg>`;

export const shape = (verdict: Verdict): Markup =>
  markup`<svg class="shape ${verdict}" aria-hidden="true"><use href="#shape-${verdict}"/></svg>`;

/** Form and word. */
export const verdictBadge = (verdict: Verdict): Markup =>
  markup`<span class="badge ${verdict}">${shape(verdict)} ${verdictWord(verdict)}</span>`;

export const verdictWord = (verdict: Verdict): string =>
  ({ ok: 'OK', warning: 'Warning', unknown: 'Unknown', critical: 'Critical' })[verdict];

export const differenceBadge = ({ difference }: Finding): Markup =>
  markup`<span class="difference ${difference === 'new' || difference === 'worse' ? 'changed' : 'same'}">${difference}</span>`;

/** A minute that people read, with the exact time for programs. */
export const time = (at: number): Markup => markup`<time datetime="${localIso(at)}">${localMinute(at)}</time>`;

/** What a link to the finding ends with. */
export const anchorOf = ({ alarm }: Finding): string => alarm.replace(/[^\w.:-]/g, '-');
