import { Context } from '@temporalio/activity';
import type { AuditEntry } from '../contracts/audit.ts';
import { Fault } from '../contracts/faults.ts';
import type { InspectResults } from '../contracts/inspect.ts';
import type { Notification } from '../contracts/notification.ts';
import type { Report } from '../contracts/operation.ts';
import { AuditTrail } from './shared/audit-trail.ts';
import type { Deps } from './shared/deps.ts';
import { tellAll } from './shared/notifier.ts';

/** Of one answer. */
const linesAtOnce = 1000;
const operationsAtOnce = 200;

export const reportActivities = ({ records, config, env, reported }: Deps, audit = new AuditTrail(records)) => ({
  /**
   * Adds lines to the operation's audit trail. Key: the operation and `key`; a retry finds its own lines there. Cancel:
   * none. Permanent: RecordDamaged where the trail's end can't be read.
   */
  async keepAudit(operation: string, key: string, entries: readonly AuditEntry[]): Promise<void> {
    await audit.append(operation, key, entries);
  },

  /** Keeps a report beyond Temporal's retention. Key: the operation; a retry writes the same again. */
  async keepReport(report: Report): Promise<void> {
    const head = await audit.head(report.operation);
    const kept = { ...report, ...(head === undefined ? {} : { audit: head }) };
    if (await records.create(report.operation, 'report', kept))
      reported(Context.current().info.workflowType ?? 'unknown', report);
    else await records.put(report.operation, 'report', kept);
  },

  /** Some lines of a trail. Effect: none. Permanent: RecordDamaged; UnknownOperation where there is no trail. */
  async readAudit(operation: string, from: number): Promise<InspectResults['audit lines']> {
    const all = await audit.lines(operation);
    if (all.length === 0)
      throw new Fault('UnknownOperation', `there is no audit trail of ${operation} in the records`, {
        remedy: 'stackhand audit verify names the operations that have one',
      });
    const lines = all.slice(from, from + linesAtOnce);
    return { lines, ...(from + linesAtOnce < all.length ? { next: from + linesAtOnce } : {}) };
  },

  /** Whether trails are whole: of one operation, or of those of some of all operations. Effect: none. */
  async verifyAudit(operation: string | undefined, from: number): Promise<InspectResults['audit verdicts']> {
    if (operation !== undefined) return { verdicts: [await audit.verify(operation)] };
    const all = await records.list();
    const verdicts = [];
    for (const each of all.slice(from, from + operationsAtOnce)) {
      Context.current().cancellationSignal.throwIfAborted();
      if (await audit.hadOne(each)) verdicts.push(await audit.verify(each));
    }
    return { verdicts, ...(from + operationsAtOnce < all.length ? { next: from + operationsAtOnce } : {}) };
  },

  /**
   * Tells every rule of the config that asked for this event: at least once, with a stable id in it. Returns what
   * went wrong; a dead webhook fails nothing. A retry may tell again, with the same id. Cancel: none.
   */
  async notify(notification: Notification): Promise<string[]> {
    return tellAll(config.notifications, notification, env);
  },
});
