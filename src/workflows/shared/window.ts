import { workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Why a scheduled run came too late to begin: VMs planned to go down at two must not go down at ten. */
export function missedWindow(startWindow: number | undefined): string | undefined {
  const scheduled = workflowInfo().typedSearchAttributes.get(scheduledStart);
  if (startWindow === undefined || scheduled === undefined) return undefined;
  const late = (Date.now() - scheduled.getTime()) / 1000;
  if (late <= startWindow) return undefined;
  return `scheduled for ${scheduled.toISOString()}, could begin only ${String(Math.round(late))} s later; its start window is ${String(startWindow)} s`;
}
