export { scanLogs } from './scan-logs.ts';
export type { LogScanRequest } from './scan-logs.ts';
