/**
 * Seconds of a wait that doubles from round to round. Every round writes to history, which Temporal ends a workflow at
 * 51,200 events of: what may go on for weeks has to slow down, but not so far that a person wonders.
 */
export function growingWait(round: number, first: number, most = 15 * 60): number {
  // Beyond this many doublings any first wait is at its most.
  return Math.min(first * 2 ** Math.min(round, 20), most);
}
