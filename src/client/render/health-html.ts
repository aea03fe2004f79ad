import type { HealthReport } from '../../contracts/health.ts';
import { checks } from './health-html/checks.ts';
import { findings } from './health-html/findings.ts';
import { markup } from './health-html/markup.ts';
import { shapes, verdictWord } from './health-html/parts.ts';
import { style } from './health-html/style.ts';
import { history, sentence, top } from './health-html/top.ts';
import { localMinute, scopeOf } from './health-words.ts';

/**
 * A health report as one document that needs nothing beside it: for a manager at the top, for an engineer below. Its
 * policy lets a browser load and run nothing, should anything from outside ever get through as markup.
 */
export function healthHtml(report: HealthReport): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${verdictWord(report.verdict)}: ${sentence(report)} – health of ${scopeOf(report)}, ${localMinute(report.startedAt)}</title>
<style>${style}</style>
</head>
<body>
${shapes}
<main>
${top(report)}
${history(report)}
${findings(report)}
${checks(report)}
</main>
<footer>Health check ${report.operation} by Stackhand</footer>
</body>
</html>
`.toString();
}
