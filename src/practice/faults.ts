import type { SiteState } from './state.ts';

/**
 * What goes wrong on purpose. A rule named for a command ("virsh start", "virsh", "mount", "umount", "findmnt",
 * "mountpoint") applies to each run of it; the longer name wins. "ssh" and "share" are read by the site itself.
 */
export interface FaultRule {
  /** The command prints this on stderr and fails, without its effect. */
  fail?: string | undefined;
  /** 1 unless said. */
  exitCode?: number | undefined;
  /** Seconds before it begins. */
  delay?: number | undefined;
  /** It never returns. */
  hang?: boolean | undefined;
  /** Fail or hang after the effect, not before: the answer is lost, the deed is done. */
  late?: boolean | undefined;
  /** How many runs are let through first. */
  skip?: number | undefined;
  /** How many runs it applies to; all, unless said. */
  times?: number | undefined;
  /** ssh: nobody listens. */
  refuse?: boolean | undefined;
  /** ssh: no key is accepted. */
  refuseKeys?: boolean | undefined;
  /** ssh: another host key than known_hosts has. */
  otherHostKey?: boolean | undefined;
  /** share: the file server is gone: nothing on it can be reached by its path. */
  gone?: boolean | undefined;
  /** share: full once this many bytes lie on it. */
  limit?: number | undefined;
}

/** The rule for this run of a command, used up once where it has a count. */
export function takeFault(state: SiteState, names: readonly string[]): FaultRule | undefined {
  const found = names.find((name) => state.read().faults[name] !== undefined);
  if (found === undefined) return undefined;
  return state.update(({ faults }) => {
    const rule = faults[found];
    if (rule === undefined) return undefined;
    if (rule.skip !== undefined && rule.skip > 0) {
      rule.skip -= 1;
      return undefined;
    }
    if (rule.times !== undefined) {
      rule.times -= 1;
      if (rule.times <= 0) delete faults[found];
    }
    return { ...rule };
  });
}
