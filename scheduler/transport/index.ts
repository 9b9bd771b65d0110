// The transport over BullMQ and its parts. May not know runs, schedules or the state store beyond the shape of a ticket.
export { type Complaints, createComplaints } from "./complaints.ts";
export {
  type BullmqTransportOptions,
  createBullmqTransport,
  transportNameOf,
} from "./create-bullmq-transport.ts";
export { prefixOf } from "./names.ts";
export { createPump, type Pump } from "./pump.ts";
export { loadQueueTelemetry } from "./queue-telemetry.ts";
export { openQueues } from "./queues.ts";
export { openJobSource } from "./take-jobs.ts";
export { within } from "./within.ts";
