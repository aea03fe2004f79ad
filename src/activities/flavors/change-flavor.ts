import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { FlavorChange, FlavorOutcome, FlavorWithAccess } from '../../contracts/flavor.ts';
import { driftOf, driftText, needsReplacing } from '../../domain/flavors/compare-flavor.ts';
import {
  allowFlavor,
  createFlavor,
  deleteFlavor,
  describeFlavor,
  findFlavor,
  isFlavorInUse,
  refuseFlavor,
  setFlavorProperties,
  unsetFlavorProperty,
} from '../../systems/openstack/index.ts';
import type { Cloud } from '../servers/cloud-pool.ts';
import { withAccess } from './plan-flavors.ts';

/** Tries of what a service answers with 5xx, and milliseconds between them: its fault, and this flavor's alone. */
const tries = 5;
const wait = 1000;

/**
 * Makes one flavor what the plan says. It ends whole or not at all: what fails half way is taken back, and a flavor that
 * was there is as it was. `first` says that nobody can have begun it before; otherwise what is found may be ours.
 * @throws Fault where the cloud is away or busy: nothing can be said, and it is to be called again
 */
export async function changeFlavor(
  change: FlavorChange,
  cloud: Cloud,
  { evenInUse, first }: { readonly evenInUse: boolean; readonly first: boolean },
): Promise<FlavorOutcome> {
  const { flavor, before } = change;
  const requestIds: string[] = [];
  const note: Note = (asked) => {
    if (asked?.requestId !== undefined) requestIds.push(asked.requestId);
  };
  const ended = (outcome: FlavorOutcome['outcome'], why?: string): FlavorOutcome => ({
    ...{ name: flavor.name, id: flavor.id, outcome, requestIds },
    ...(why === undefined ? {} : { why }),
  });
  let untouched = first;
  try {
    const why = await withTries(async () => {
      const left = await whyLeftAlone(change, cloud, { evenInUse, untouched });
      if (left !== undefined) return left;
      untouched = false;
      await make(change, cloud, note);
      return undefined;
    });
    return why === undefined ? ended('done') : ended('left alone', why);
  } catch (error) {
    if (!isFault(error) || goesAway(error)) throw error;
    note(error.details);
    return ended('failed', `${error.message}; ${await putBack(flavor, before, cloud, note)}`);
  }
}

/** Takes down what a request is found by; undefined where it changed nothing. */
type Note = (asked: { readonly requestId?: string } | undefined) => void;

/** The cloud's state, not this flavor's. */
const goesAway = (fault: Fault): boolean =>
  fault.type === 'CloudUnreachable' || fault.type === 'CloudBusy' || fault.type === 'CloudLoginRefused';

async function withTries<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isFault(error) || error.permanent || goesAway(error) || attempt >= tries) throw error;
      await sleep(wait * attempt);
    }
  }
}

/** What has changed since the plan in a way that matters; undefined where it is as planned, or half done by us. */
async function whyLeftAlone(
  { flavor, action, before }: FlavorChange,
  cloud: Cloud,
  { evenInUse, untouched }: { readonly evenInUse: boolean; readonly untouched: boolean },
): Promise<string | undefined> {
  if (before === undefined)
    return untouched && (await read(flavor.id, cloud)) !== undefined ? 'somebody made it since the plan' : undefined;
  const now = await read(before.id, cloud);
  // Deleted by us, to be made anew; or by somebody, where we can't have been there yet.
  if (now === undefined) return untouched || action !== 'replace' ? 'it is gone since the plan' : undefined;
  if (!needsReplacing(driftOf(now, flavor)) && action === 'replace') return undefined;
  if (!isBetween(now, before, flavor)) return `it has changed since the plan: ${driftText(driftOf(now, before))}`;
  if (!evenInUse && (await isFlavorInUse(cloud.session, before.id))) return 'servers use it since the plan';
  return undefined;
}

/** Each field as before, or as wanted: the attempt before may have got half way. */
function isBetween(now: FlavorWithAccess, before: FlavorWithAccess, wanted: FlavorWithAccess): boolean {
  const changed = new Set(driftOf(now, before).map(({ field }) => field));
  return driftOf(now, wanted).every(({ field }) => field === 'projects' || !changed.has(field));
}

async function make({ flavor, action, before }: FlavorChange, cloud: Cloud, note: Note): Promise<void> {
  if (before !== undefined && action === 'replace') {
    const old = await read(before.id, cloud);
    if (old !== undefined && needsReplacing(driftOf(old, flavor))) note(await deleteFlavor(cloud.session, before.id));
  }
  const there = await read(flavor.id, cloud);
  if (there === undefined) note(await createFlavor(cloud.session, flavor));
  else if (there.name !== flavor.name || needsReplacing(driftOf(there, flavor)))
    throw new Fault('CloudConflict', `the id ${flavor.id} is that of another flavor since the plan: ${there.name}`);
  await complete(there ?? bare(flavor), flavor, cloud, note);
}

/** As Nova makes it. */
const bare = (flavor: FlavorWithAccess): FlavorWithAccess => ({ ...flavor, properties: {}, projects: [] });

/** What Nova sets by requests of its own: properties, access, description. */
async function complete(
  there: FlavorWithAccess,
  wanted: FlavorWithAccess,
  { session }: Cloud,
  note: Note,
): Promise<void> {
  const { id, properties, projects } = wanted;
  for (const key of Object.keys(there.properties))
    if (!Object.hasOwn(properties, key)) note(await unsetFlavorProperty(session, id, key));
  const missing = Object.entries(properties).filter(([key, value]) => there.properties[key] !== value);
  if (missing.length > 0) note(await setFlavorProperties(session, id, Object.fromEntries(missing)));
  for (const project of projects) if (!there.projects.includes(project)) note(await allowFlavor(session, id, project));
  for (const project of there.projects) if (!projects.includes(project)) note(await refuseFlavor(session, id, project));
  if ((there.description ?? '') !== (wanted.description ?? '')) note(await describeFlavor(session, wanted));
}

/** Says what came of it. */
async function putBack(
  flavor: FlavorWithAccess,
  before: FlavorWithAccess | undefined,
  cloud: Cloud,
  note: Note,
): Promise<string> {
  try {
    return await withTries(async () => {
      const there = await read(flavor.id, cloud);
      const ours = there?.name === flavor.name && !needsReplacing(driftOf(there, flavor));
      const anew = before === undefined || needsReplacing(driftOf(before, flavor));
      if (ours && anew) note(await deleteFlavor(cloud.session, flavor.id));
      if (before === undefined) return ours ? 'what was made of it was removed again' : 'nothing was made';
      const old = await read(before.id, cloud);
      if (old === undefined) note(await createFlavor(cloud.session, before));
      await complete(old ?? bare(before), before, cloud, note);
      return 'it is as it was before';
    });
  } catch (error) {
    if (!isFault(error) || goesAway(error)) throw error;
    return `and taking back what was made failed too: ${error.message}`;
  }
}

async function read(id: string, cloud: Cloud): Promise<FlavorWithAccess | undefined> {
  const found = await findFlavor(cloud.session, id);
  return found === undefined ? undefined : withAccess(found, cloud);
}
