// The transport over BullMQ and its parts. May not know runs, schedules or the state store beyond the shape of a ticket.
export { createComplaints } from "./complaints.ts";
export {
  createBullmqTransport,
  transportNameOf,
} from "./create-bullmq-transport.ts";
export { prefixOf } from "./names.ts";
export { createPump } from "./pump.ts";
export { loadQueueTelemetry } from "./queue-telemetry.ts";
export { openQueues } from "./queues.ts";
export { openJobSource } from "./take-jobs.ts";
export { within } from "./within.ts";
