import type { Notification } from '../contracts/notification.ts';
import type { Report } from '../contracts/operation.ts';
import type { Deps } from './shared/deps.ts';
import { tellAll } from './shared/notifier.ts';

export const reportActivities = ({ records, config, env }: Deps) => ({
  /** Keeps a report beyond Temporal's retention. Key: the operation; a retry writes the same again. */
  async keepReport(report: Report): Promise<void> {
    await records.put(report.operation, 'report', report);
  },

  /**
   * Tells every rule of the config that asked for this event: at least once, with a stable id in it. Returns what
   * went wrong; a dead webhook fails nothing. A retry may tell again, with the same id. Cancel: none.
   */
  async notify(notification: Notification): Promise<string[]> {
    return (await tellAll(config.notifications, notification, env)).problems;
  },
});
