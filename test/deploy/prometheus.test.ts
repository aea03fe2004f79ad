import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const config = parse(read('deploy/prometheus/prometheus.yml')) as {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
};
const alerts = (parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
/** As Prometheus has them: a counter's name ends in _total there (worker/metrics/telemetry.ts). */
const made = readdirSync(new URL('src/worker/metrics', root)).flatMap((file) =>
  [...read(`src/worker/metrics/${file}`).matchAll(/(\w+)\(\s*'(stackhand_\w+)'|Name = '(stackhand_\w+)'/g)].map(
    ([, by, name, histogram = '']) => (name === undefined ? histogram : by === 'counter' ? `${name}_total` : name),
  ),
);
const tested = read('test/deploy/fixtures/alerts.test.yml');

/** Their syntax, their meaning and the SDK's metrics are held against the real things: test/lab/topology. */
describe('deploy/prometheus', () => {
  test('scrapes the worker of docker-compose.yml where that gives its metrics', () => {
    const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
      services: { worker: { command: string[] } };
    };
    const port = services.worker.command.at(-1)?.split(':').at(-1) ?? '';
    const [job] = config.scrape_configs;
    expect(job?.static_configs[0]?.targets).toEqual([`worker:${port}`]);
    expect(config.rule_files).toEqual(['alerts.yml']);
  });

  test.each(alerts.map((each) => [each.alert, each] as const))('%s says how bad it is, and what to do', (_, alert) => {
    expect(['critical', 'warning']).toContain(alert.labels.severity);
    expect(alert.annotations.summary).toMatch(/\.$/);
    expect(alert.annotations.description).toMatch(/\.$/);
  });

  test.each(alerts.map((each) => [each.alert, each] as const))('%s asks the workers, and has a test', (name, alert) => {
    const metrics = alert.expr.match(/\b(up|stackhand_\w+|temporal_\w+)\{/g) ?? [];
    expect(metrics.length).toBeGreaterThan(0);
    expect(alert.expr.match(/\{job="stackhand"[,}]/g)).toHaveLength(metrics.length);
    expect(tested).toMatch(new RegExp(`${name}|${name.replace(/(Health).*/, '$1.*')}`));
  });

  test('names metrics that a worker makes', () => {
    const named = new Set(alerts.flatMap(({ expr }) => expr.match(/stackhand_\w+/g) ?? []));
    expect(named.size).toBeGreaterThan(0);
    for (const name of named) expect(made).toContain(name);
  });

  test('is described with every alert and every metric that a worker makes, and with none besides', () => {
    const page = read('docs/deploy.md');
    const described = (pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, name = '']) => name).sort();
    expect(described(/^\| `(Stackhand\w+)` +\|/gm)).toEqual(alerts.map(({ alert }) => alert).sort());
    expect(described(/^\| `(stackhand_\w+)` +\|/gm)).toEqual([...made].sort());
  });
});
