// What every long-lived process has: duties, endpoints, logs, metrics, heartbeat, an orderly end. May not know any particular duty or task.
export { drain } from "./drain.ts";
export { type DutyLoop, startDutyLoop } from "./duty-loop.ts";
export { startHeartbeat } from "./heartbeat.ts";
export { createLog } from "./log.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { type OpenProcess, openProcess, type ProcessOptions } from "./open-process.ts";
export { type ProbeServer, startProbeServer } from "./probe-server.ts";
