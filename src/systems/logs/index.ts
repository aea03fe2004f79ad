export { scanLogs, type LogGroup, type LogScan, type LogScanRequest, type LogRemark } from './scan-logs.ts';
