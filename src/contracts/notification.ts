export const notificationEvents = [
  'failed',
  'vm not back',
  'undo stuck',
  'approval waiting',
  'missed',
  'health',
  'recovered',
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** What a webhook's body template and a command's stdin get. */
export interface Notification {
  /** The same for every delivery of one event of one operation: a repeat after a crash can be recognised. */
  readonly id: string;
  readonly event: NotificationEvent;
  readonly operation: string;
  readonly workflowId: string;
  readonly title: string;
  readonly message: string;
}
