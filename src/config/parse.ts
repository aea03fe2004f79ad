import { dirname, join, resolve } from 'node:path';
import { Fault } from '../contracts/faults.ts';
import { addressHoldsSecret } from './notification-schema.ts';
import { pathText, problemsOf } from './problems.ts';
import type { Problem } from './problems.ts';
import { configSchema } from './schema.ts';
import type { Config } from './schema.ts';
import { parseYaml } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export interface ParseOptions {
  /** Absolute; named in messages, and relative paths in the config begin at its directory. */
  readonly file: string;
  readonly home: string;
  readonly readableByOthers?: boolean;
}

/** Text of a config file → config. Throws ConfigInvalid listing every problem with file, line and column. */
export function parseConfig(text: string, { file, home, readableByOthers = false }: ParseOptions): Config {
  const yaml = parseYaml(text);
  if (yaml.problems.length > 0) throw invalid(file, yaml.problems);
  const parsed = configSchema.safeParse(yaml.value, { reportInput: true });
  if (!parsed.success) throw invalid(file, problemsOf(parsed.error.issues, yaml, configSchema));
  const exposed = readableByOthers ? exposedSecrets(parsed.data, yaml) : [];
  if (exposed.length > 0) throw invalid(file, exposed);
  return withPaths(parsed.data, (path) => resolve(dirname(file), expandHome(path, home)));
}

export const expandHome = (path: string, home: string): string =>
  /^~(?:\/|$)/.test(path) ? join(home, path.slice(1)) : path;

/** Other secrets can't be written into the file at all; an address that is one by itself can. */
function exposedSecrets({ notifications }: Config, yaml: YamlFile): Problem[] {
  return notifications.flatMap(({ webhook }, index) => {
    if (typeof webhook?.url !== 'string' || !addressHoldsSecret(webhook.url)) return [];
    const path = ['notifications', index, 'webhook', 'url'];
    const message =
      'others on this machine can read this address, which looks like a secret: chmod 600 this file, or write { env: NAME } or { file: PATH }';
    return [{ ...yaml.place(path, 'value'), path, message }];
  });
}

function invalid(file: string, problems: readonly Problem[]): Fault {
  const lines = problems.map(({ line, column, path, message }) =>
    [`${file}:${line}:${column}`, path.length > 0 ? `${pathText(path)}:` : '', message].filter(Boolean).join(' '),
  );
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new Fault('ConfigInvalid', `the config file has ${count}:\n  ${lines.join('\n  ')}`, {
    where: `${file}:${problems[0]?.line ?? 1}`,
  });
}

/** Paths of the worker made absolute, so that they mean the same wherever it is started. */
function withPaths(config: Config, absolute: (path: string) => string): Config {
  const at = <T extends object>(value: T, ...keys: (keyof T)[]): T => {
    const changed = { ...value };
    for (const key of keys) if (typeof value[key] === 'string') changed[key] = absolute(value[key]) as T[typeof key];
    return changed;
  };
  const each = <T>(values: Record<string, T>, change: (value: T) => T) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
  const secret = <T extends string | object>(value: T): T =>
    typeof value === 'object' ? at(value, 'file' as keyof T) : value;
  const { postgresql } = config.records;
  return {
    ...config,
    hosts: each(config.hosts, (host) => at(host, 'identityFile', 'knownHosts')),
    clouds: each(config.clouds, (cloud) => at(cloud, 'rc' as keyof typeof cloud)),
    health: at(config.health, 'baseline'),
    records: {
      ...at(config.records, 'directory'),
      ...(postgresql && {
        postgresql: {
          ...at(postgresql, 'ca'),
          ...(postgresql.password && { password: secret(postgresql.password) }),
        },
      }),
    },
    notifications: config.notifications.map((rule) => {
      if (rule.mail?.password !== undefined)
        return { ...rule, mail: { ...rule.mail, password: secret(rule.mail.password) } };
      if (rule.webhook === undefined) return rule;
      const { url, headers } = rule.webhook;
      const webhook = { ...rule.webhook, url: secret(url), ...(headers && { headers: each(headers, secret) }) };
      return { ...rule, webhook };
    }),
  };
}
