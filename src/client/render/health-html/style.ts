import { markup } from './markup.ts';

/** Dark on screens alone: paper is light. Colours of words have a contrast of 4.5 and more on their ground. */
export const style = markup`
:root {
  color-scheme: light;
  --ground: #f4f6f8; --card: #fff; --inset: #f4f6f8; --text: #1b2430; --muted: #556070; --line: #dbe1e8; --link: #1d56a8;
  --ok: #1d7445; --warning: #8a5700; --unknown: #5d4a9c; --critical: #b3231b; --sign: #fff;
  --ok-soft: #e9f5ee; --warning-soft: #fdf3dd; --unknown-soft: #f0edf9; --critical-soft: #fcebea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --ground: #12161c; --card: #1a2029; --inset: #12161c; --text: #e5e9ef; --muted: #a1abb9; --line: #2d3642; --link: #8ab8f5;
    --ok: #69c795; --warning: #ecb44e; --unknown: #b7a6ef; --critical: #ff8e84; --sign: #12161c;
    --ok-soft: #17271f; --warning-soft: #2b2415; --unknown-soft: #231f33; --critical-soft: #321b1b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main, footer { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
footer { padding-top: 0; color: var(--muted); font-size: .8125rem; }
h1, h2, h3, h4, p, ul, dl, dd, figure, pre { margin: 0; }
h2 { font-size: 1.125rem; line-height: 1.3; margin-bottom: .75rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
section, .tiles { margin-top: 1.25rem; }
section[aria-labelledby="section-wrong"] { margin-top: 2rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.125rem 1.25rem; }
.muted { color: var(--muted); font-weight: 400; }
.shapes { position: absolute; }
.ok { --tone: var(--ok); --soft: var(--ok-soft); }
.warning { --tone: var(--warning); --soft: var(--warning-soft); }
.unknown { --tone: var(--unknown); --soft: var(--unknown-soft); }
.critical { --tone: var(--critical); --soft: var(--critical-soft); }
.shape { width: 1em; height: 1em; fill: var(--tone); flex: none; vertical-align: -.125em; }
.sign { fill: none; stroke: var(--sign); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }

.verdict {
  display: flex; gap: 1.25rem; align-items: flex-start; padding: 1.5rem; border-radius: 10px;
  background: var(--soft); border: 1px solid var(--tone);
}
.verdict > .shape { width: 3.25rem; height: 3.25rem; margin-top: .25rem; }
.verdict .word { color: var(--tone); font-weight: 700; letter-spacing: .06em; text-transform: uppercase; font-size: .875rem; }
.verdict h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.125rem); line-height: 1.2; letter-spacing: -.01em; }
.verdict .when { margin-top: .5rem; }

.tiles { display: grid; grid-template-columns: repeat(7, 1fr); gap: .75rem; }
.tile {
  display: flex; flex-direction: column-reverse; justify-content: flex-end; min-width: 0;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .625rem .875rem;
}
.tile dd { font-size: 1.75rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; color: var(--tone, var(--text)); }
.tile dt { font-size: .875rem; color: var(--muted); }
.tile.none dd { color: var(--muted); font-weight: 400; }
.tile.none .shape { fill: var(--muted); }

.plain { list-style: none; padding: 0; }
.plain li { padding: .5rem 0; border-top: 1px solid var(--line); }
.plain li:first-child { border-top: 0; padding-top: 0; }
.plain li:last-child { padding-bottom: 0; }
.plain .why { display: block; }
.badge { white-space: nowrap; color: var(--tone); font-size: .8125rem; font-weight: 650; }
.difference { font-size: .75rem; line-height: 1.5; padding: 0 .5em; border-radius: 4px; border: 1px solid var(--line); color: var(--muted); white-space: nowrap; }
.difference.changed { border-color: var(--text); color: var(--text); font-weight: 650; }

.history svg[role] { max-width: 100%; height: auto; display: block; }
.history rect { fill: var(--tone); }
.history figcaption { margin-top: .625rem; font-size: .875rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; padding: 0; }

.group { display: flex; align-items: center; gap: .5rem; margin: 1.5rem 0 .625rem; font-size: 1rem; color: var(--tone); }
.finding {
  background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone); border-radius: 8px;
  padding: .875rem 1.125rem 1rem; margin-top: .75rem; scroll-margin-top: 1rem;
}
:target { outline: 2px solid var(--link); outline-offset: 2px; }
.marks { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .625rem; font-size: .8125rem; }
.anchor { margin-left: auto; color: var(--muted); text-decoration: none; padding: 0 .5rem; }
.finding h4 { font-size: 1.0625rem; line-height: 1.4; font-weight: 400; margin-top: .25rem; }
.finding h4 b { font-weight: 650; }
.facts { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin-top: .125rem; color: var(--muted); font-size: .875rem; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .8125rem; }
pre {
  margin-top: .625rem; padding: .625rem .75rem; background: var(--inset); border: 1px solid var(--line); border-radius: 6px;
  line-height: 1.45; white-space: pre-wrap; max-height: 20rem; overflow-y: auto; tab-size: 4;
}
.next { margin-top: .625rem; font-size: .875rem; }
code { user-select: all; -webkit-user-select: all; background: var(--inset); border: 1px solid var(--line); border-radius: 5px; padding: .15rem .4rem; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
/* An option is not broken at its hyphens, and can break where it alone is too long. */
code span { display: inline-block; max-width: 100%; }

table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--muted); font-weight: 600; padding-top: 0; }
tbody th { font-weight: 650; min-width: 7.5rem; }
tbody th .muted { display: block; font-size: .8125rem; }
.seen { display: block; color: var(--muted); }
.result + .result { margin-top: .375rem; }

@media screen and (max-width: 52rem) {
  .tiles { grid-template-columns: repeat(12, 1fr); gap: .5rem; }
  .tile { grid-column: span 3; padding: .5rem; }
  .tile dt { font-size: .8125rem; }
  .tile:nth-child(-n + 3) { grid-column: span 4; }
}
@media screen and (max-width: 44rem) {
  main, footer { padding-left: .75rem; padding-right: .75rem; }
  .verdict { padding: 1rem; gap: .875rem; }
  .verdict > .shape { width: 2.25rem; height: 2.25rem; }
  .card, .finding { padding-left: .875rem; padding-right: .875rem; }
  table, tbody, tr, tbody th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-top: 1px solid var(--line); padding: .625rem 0; }
  tbody tr:first-child { border-top: 0; padding-top: 0; }
  th, td { border-top: 0; padding: .125rem 0; }
  tbody th .muted { display: inline; }
  td.empty { display: none; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; }
  td::before { content: attr(data-kind); color: var(--muted); grid-row: 1 / span 99; }
  .result { grid-column: 2; }
}
@media print {
  :root { --ground: #fff; --inset: #fff; }
  html { font-size: 10pt; }
  main, footer { max-width: none; padding: 0; }
  footer { margin-top: 1rem; }
  pre { max-height: none; overflow: visible; }
  .anchor { display: none; }
  a { color: inherit; text-decoration: none; }
  h2, h3, h4, .marks { break-after: avoid; }
  tr, li, .tile, .verdict, .finding { break-inside: avoid; }
  .finding:has(pre[tabindex]) { break-inside: auto; }
  .facts, .next { break-before: avoid; }
  thead { display: table-header-group; }
}
`;
