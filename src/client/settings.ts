/** What the options that every command has, the environment and the terminal come to. */
export interface Settings {
  /** The answer as one JSON document. */
  readonly json: boolean;
  /** No story on stderr, only errors. */
  readonly quiet: boolean;
  /** --config, else STACKHAND_CONFIG; the usual places otherwise. */
  readonly config: string | undefined;
  /** Somebody sits there who can be asked. */
  readonly interactive: boolean;
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /** The terminal's character set has the marks. */
  readonly unicode: boolean;
  readonly debug: boolean;
  /** Which Temporal, where the command line says. */
  readonly temporal: Pick<GlobalOptions, 'address' | 'namespace' | 'profile'>;
}

/** Options as commander hands them over. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly config?: string;
  /** Which Temporal; each wins over TEMPORAL_* and temporal.toml. */
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
}

export type Stream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream;
}

export function settingsFrom(options: GlobalOptions, env: NodeJS.ProcessEnv, streams: Streams): Settings {
  const json = options.json === true;
  const quiet = options.quiet === true;
  const onTerminal = streams.stdin.isTTY === true && streams.stderr.isTTY === true;
  return {
    json,
    quiet,
    config: options.config ?? nonEmpty(env['STACKHAND_CONFIG']),
    interactive: onTerminal && !json && !quiet && env['CI'] === undefined,
    colour: {
      stdout: !json && coloured(options, env, streams.stdout.isTTY),
      stderr: coloured(options, env, streams.stderr.isTTY),
    },
    unicode: /utf-?8/i.test(nonEmpty(env['LC_ALL']) ?? nonEmpty(env['LC_CTYPE']) ?? env['LANG'] ?? ''),
    debug: nonEmpty(env['STACKHAND_DEBUG']) !== undefined,
    temporal: {
      ...(options.address === undefined ? {} : { address: options.address }),
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
    },
  };
}

/** https://no-color.org and https://force-color.org: set and not empty counts, --no-color beats both. */
function coloured(options: GlobalOptions, env: NodeJS.ProcessEnv, isTTY: boolean | undefined): boolean {
  if (options.color === false || nonEmpty(env['NO_COLOR']) !== undefined) return false;
  if (nonEmpty(env['FORCE_COLOR']) !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTTY === true && env['TERM'] !== 'dumb';
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
