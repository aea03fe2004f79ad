/** What a line of the log says about where an activity is at work. */
export interface Place {
  readonly host?: string;
  readonly vm?: string;
  readonly cloud?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * From the arguments of an activity: hosts, domains and clouds have the same shapes in all of them (contracts/targets.ts,
 * contracts/vm.ts). Nothing else of the arguments gets into the log.
 */
export function placeOf(args: readonly unknown[]): Place {
  let place: Place = {};
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    const fields = arg as Fields;
    const host = isHost(fields) ? fields['name'] : hostIn(fields['host']);
    const vm = isDomain(fields) ? fields['name'] : domainIn(fields['domain']);
    place = {
      ...(typeof fields['cloud'] === 'string' ? { cloud: fields['cloud'] } : {}),
      ...(typeof host === 'string' ? { host } : {}),
      ...(typeof vm === 'string' ? { vm } : {}),
      // The first argument that names one is what the activity is about.
      ...place,
    };
  }
  return place;
}

const isHost = (fields: Fields): boolean => 'transport' in fields && 'runDirectory' in fields;
const isDomain = (fields: Fields): boolean => 'name' in fields && 'uuid' in fields;

/** A resolved one, or its name where it has still to be resolved. */
const hostIn = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && isHost(value as Fields) ? (value as Fields)['name'] : value;

const domainIn = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && isDomain(value as Fields) ? (value as Fields)['name'] : undefined;
