import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const { history, workflow } = proto.temporal.api;
const { DescribeScheduleResponse, DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

/** A shorter one would be found where it isn't meant. */
const shortest = 12;

/** Whoever writes a private key, ours or another's, has made a mistake. */
const never = Buffer.from('PRIVATE KEY-----');

interface Produced {
  readonly where: string;
  readonly bytes: Buffer;
}

/**
 * The credentials that tests use, and everything that came of it: what the program said, its files, what Temporal keeps.
 * None of the first may be in any of the second. The fixtures fill it and look at their end, so a test has to do nothing.
 */
export class SecretScan {
  readonly #secrets: { what: string; value: string }[] = [];
  readonly #files: { what: string; path: string }[] = [];
  readonly #texts: Produced[] = [];
  readonly #directories: { path: string; except: readonly string[] }[] = [];

  secret(what: string, value: string): void {
    if (value.length < shortest) throw new Error(`${what} is too short to be told from other words`);
    this.#secrets.push({ what, value });
  }

  /** Each line of a file is one, as it is when it is looked for: tokens, or the lines of a private key. */
  secretsOf(what: string, path: string): void {
    this.#files.push({ what, path });
  }

  /** Something that was said. */
  said(where: string, text: string): void {
    if (text !== '') this.#texts.push({ where, bytes: Buffer.from(text) });
  }

  /** All files below it, but for those that are meant to hold secrets. */
  wroteTo(path: string, except: readonly string[] = []): void {
    this.#directories.push({ path, except });
  }

  /** What was found, and where; never the secret itself. */
  async find(temporal?: { readonly connection: Connection; readonly namespace: string }): Promise<string[]> {
    const needles = await this.#needles();
    const found = new Set<string>();
    const look = ({ where, bytes }: Produced): void => {
      for (const { what, needle } of needles) if (bytes.includes(needle)) found.add(`${what} in ${where}`);
    };
    this.#texts.forEach(look);
    for (const { path, except } of this.#directories) for await (const file of filesOf(path, except)) look(file);
    if (temporal !== undefined) for await (const kept of keptBy(temporal.connection, temporal.namespace)) look(kept);
    return [...found].sort();
  }

  async #needles(): Promise<{ what: string; needle: Buffer }[]> {
    const secrets = [...this.#secrets];
    for (const { what, path } of this.#files)
      for (const value of secretLines(await readFile(path, 'utf8').catch(() => ''))) secrets.push({ what, value });
    return [
      { what: 'a private key', needle: never },
      ...secrets.flatMap(({ what, value }) => written(value).map((text) => ({ what, needle: Buffer.from(text) }))),
    ];
  }
}

/** Of this test file: jest loads modules anew for each. */
export const secretScan = new SecretScan();

/** For the end of a fixture. */
export async function expectNoSecrets(temporal?: Parameters<SecretScan['find']>[0]): Promise<void> {
  const found = await secretScan.find(temporal);
  if (found.length > 0) throw new Error(`credentials of this test got out:\n  ${found.join('\n  ')}`);
}

/** As it is; in JSON, a URL and a header of basic authentication, which holds it at any of three offsets. */
function written(value: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]).toString('base64');
    // Characters at both ends also depend on what stands beside it.
    return text.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  return [...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), ...inBase64])];
}

/** The first line of a key's body is the same for all keys of a kind. */
function secretLines(text: string): string[] {
  const lines = text.split('\n');
  const body = lines[0]?.startsWith('-----BEGIN') === true ? lines.slice(2) : lines;
  return body.filter((line) => line.length >= shortest && !line.startsWith('-----'));
}

async function* filesOf(directory: string, except: readonly string[]): AsyncGenerator<Produced> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const where = relative(directory, path);
    if (!entry.isFile() || except.includes(where)) continue;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) yield { where, bytes };
  }
}

/** Every workflow of the namespace with its whole history, what is shown of the open ones, and every schedule. */
async function* keptBy(connection: Connection, namespace: string): AsyncGenerator<Produced> {
  const service = connection.workflowService;
  for await (const { executions } of pages((nextPageToken) =>
    service.listWorkflowExecutions({ namespace, pageSize: 500, nextPageToken }),
  ))
    for (const info of executions) {
      const execution = { workflowId: info.execution?.workflowId ?? '', runId: info.execution?.runId ?? '' };
      yield { where: `the list's ${execution.workflowId}`, bytes: encoded(workflow.v1.WorkflowExecutionInfo, info) };
      if (info.closeTime == null)
        yield {
          where: `what is shown of ${execution.workflowId}`,
          bytes: encoded(
            DescribeWorkflowExecutionResponse,
            await service.describeWorkflowExecution({ namespace, execution }),
          ),
        };
      for await (const page of pages((nextPageToken) =>
        service.getWorkflowExecutionHistory({ namespace, execution, nextPageToken }),
      ))
        yield {
          where: `the history of ${execution.workflowId}`,
          bytes: encoded(history.v1.History, page.history ?? {}),
        };
    }
  for await (const { schedules } of pages((nextPageToken) => service.listSchedules({ namespace, nextPageToken })))
    for (const { scheduleId } of schedules)
      yield {
        where: `the schedule ${scheduleId ?? ''}`,
        bytes: encoded(
          DescribeScheduleResponse,
          await service.describeSchedule({ namespace, scheduleId: scheduleId ?? '' }),
        ),
      };
}

/** A protobuf message has every text of it as it is. */
const encoded = <T>(type: { encode(message: T): { finish(): Uint8Array } }, message: T): Buffer =>
  Buffer.from(type.encode(message).finish());

async function* pages<T extends { nextPageToken?: Uint8Array | null }>(
  read: (nextPageToken: Uint8Array) => Promise<T>,
): AsyncGenerator<T> {
  let token: Uint8Array = new Uint8Array();
  do {
    const page = await read(token);
    yield page;
    token = page.nextPageToken ?? new Uint8Array();
  } while (token.length > 0);
}
