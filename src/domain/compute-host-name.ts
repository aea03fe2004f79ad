import { Fault } from '../contracts/faults.ts';
import { meantOr, nearest } from './nearest.ts';

/**
 * The compute host of that name: exact, or the first label of a full name where that is unique. "com1" is never
 * "com10".
 * @throws Fault UnknownComputeHost with the candidates
 */
export function computeHostNamed(wanted: string, known: readonly string[]): string {
  if (known.includes(wanted)) return wanted;
  const short = known.filter((name) => name.split('.')[0] === wanted);
  const [only] = short;
  if (only !== undefined && short.length === 1) return only;
  if (only !== undefined)
    throw new Fault('UnknownComputeHost', `"${wanted}" is the beginning of several hosts: ${short.join(', ')}`, {
      candidates: short,
    });
  const candidates = nearest(wanted, known);
  throw new Fault('UnknownComputeHost', `there is no compute host "${wanted}"${meantOr(candidates, known)}`, {
    candidates,
  });
}
