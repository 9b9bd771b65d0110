// What every long-lived process has: duties, endpoints, logs, metrics, heartbeat, an orderly end. May not know any particular duty or task.
export { type DrainStep, drain } from "./drain.ts";
export { type DutyLoop, type DutyStanding, startDutyLoop } from "./duty-loop.ts";
export { HEARTBEAT_MS, type Heartbeat, type Registration, startHeartbeat } from "./heartbeat.ts";
export { createLog, LOG_LEVELS, type LogLevel } from "./log.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { type OpenProcess, openProcess, type ProcessOptions } from "./open-process.ts";
export { type ProbeServer, type Readiness, startProbeServer } from "./probe-server.ts";
