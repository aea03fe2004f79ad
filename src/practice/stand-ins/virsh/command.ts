import { stateOf, type Domain, type State } from '../../state.ts';
import { Failure, out, type Site } from '../stand-in.ts';
import type { Arguments, Shape } from './arguments.ts';

export interface Context {
  readonly site: Site;
  readonly args: Arguments;
  readonly quiet: boolean;
  readonly readonly: boolean;
  /** "Domain 'web01' started" and the like: not said when quiet. */
  say(text: string): void;
}

export interface Command {
  readonly shape: Shape;
  /** Prints and changes state; throws Failure with virsh's message. */
  run(context: Context): void | Promise<void>;
}

/** virsh's own line, and libvirt's reason below it. */
export function failure(what: string, why?: string): Failure {
  return new Failure(why === undefined ? what : `${what}\nerror: ${why}`);
}

export const notRunning = 'Requested operation is not valid: domain is not running';

/** As virsh looks a domain up: by id, then by UUID, then by name. */
export function findDomain(state: State, word: string): Domain {
  if (word === '') throw new Failure("Failed to get option 'domain': Option argument is empty");
  const all = Object.values(state.domains);
  const found =
    (/^\d+$/.test(word) ? all.find(({ run }) => run?.id === Number(word)) : undefined) ??
    state.domains[word.toLowerCase()] ??
    all.find(({ name }) => name === word);
  if (found === undefined) throw new Failure(`failed to get domain '${word}'`);
  return found;
}

/** A command that only prints something about one domain. */
export function show(shape: Shape, print: (domain: Domain, context: Context) => string): Command {
  return {
    shape: { ...shape, data: ['domain', ...(shape.data ?? [])] },
    run(context) {
      out(print(findDomain(context.site.state.read(), context.args.need('domain')), context));
    },
  };
}

/** A command that changes one domain; what `change` returns is said afterwards. */
export function act(
  shape: Shape,
  change: (domain: Domain, context: Context, state: State) => string,
  options: { after?: (domain: Domain) => Promise<void> } = {},
): Command {
  return {
    shape: { ...shape, data: ['domain', ...(shape.data ?? [])] },
    async run(context) {
      if (context.readonly) throw new Failure('operation forbidden: read only access prevents this');
      const { said, domain } = context.site.state.update((state) => {
        const found = findDomain(state, context.args.need('domain'));
        return { said: change(found, context, state), domain: found };
      });
      await options.after?.(domain);
      context.say(said);
    },
  };
}

export function mustRun(domain: Domain, what: string): void {
  if (stateOf(domain) === 'shut off') throw failure(what, notRunning);
}
