import { Fault } from '../../contracts/faults.ts';
import type { FaultType } from '../../contracts/faults.ts';
import type { HttpAnswer } from './exchange.ts';

/** The id to find a request by in the service's log: Nova, Neutron, Glance, Keystone and Cinder all send it. */
export const requestIdOf = ({ headers }: HttpAnswer): string | undefined =>
  headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];

/**
 * What an answer above 399 means. A refusal of the service (4xx) had no effect; after a 5xx nobody knows.
 * Overload is 429 (api-ref, "Faults"); a 503 of a proxy does not say whether the service had the request.
 */
export function answerFault(answer: HttpAnswer, what: string): Fault {
  const { status } = answer;
  const words = wordsOf(answer);
  const requestId = requestIdOf(answer);
  const retryAfter = secondsOf(answer.headers['retry-after']);
  return new Fault(faultType(status, words), `${what}: ${words}`, {
    status,
    ...(requestId === undefined ? {} : { requestId, where: requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    arrived: status < 500 ? 'no' : 'maybe',
  });
}

function faultType(status: number, words: string): FaultType {
  if (status === 401) return 'CloudLoginRefused';
  if (status === 403) return /quota/i.test(words) ? 'CloudQuotaExceeded' : 'CloudForbidden';
  if (status === 404 || status === 410) return 'CloudResourceNotFound';
  if (status === 406) return 'MicroversionRefused';
  if (status === 409) return 'CloudConflict';
  if (status === 413) return 'CloudQuotaExceeded';
  if (status === 408 || status === 425 || status === 429) return 'CloudBusy';
  if (status >= 500) return 'CloudFailed';
  return 'CloudRequestInvalid';
}

/**
 * The service's own sentence: {"conflictingRequest": {"message": …}} of Nova and Cinder, {"error": {"message": …}} of
 * Keystone, {"NeutronError": {"message": …}}, Glance's HTML, {"errors": [{"detail": …}]} of Placement.
 */
function wordsOf({ status, text }: HttpAnswer): string {
  let message: string | undefined;
  try {
    message = messageIn(JSON.parse(text), 0);
  } catch {
    message = text.replace(/<(title|h1)>.*?<\/\1>/gs, ' ');
  }
  // Glance writes HTML, also within JSON.
  const flat = unescaped((message ?? '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
  const capped = flat.length > 400 ? `${flat.slice(0, 399)}…` : flat;
  return capped === '' ? `status ${String(status)}` : `${capped} (${String(status)})`;
}

/** The few entities that webob writes. */
const unescaped = (text: string): string =>
  text
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

function messageIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return depth === 0 ? value : undefined;
  if (typeof value !== 'object' || value === null || depth > 3) return undefined;
  for (const key of ['message', 'detail', 'faultstring']) {
    const found: unknown = (value as Record<string, unknown>)[key];
    if (typeof found === 'string') return found;
  }
  for (const inner of Object.values(value)) {
    const found = messageIn(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Seconds, or a date (RFC 9110). */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
