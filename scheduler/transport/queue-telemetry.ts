// Owns BullMQ's own spans, for whoever has an OpenTelemetry SDK and the package `bullmq-otel`. Loads nothing unless tracing is asked for.
import type { Telemetry } from "bullmq";
import type { Log } from "../duty.ts";
import { tracingAsked } from "../tracing/index.ts";

/** undefined when nobody asks, or the optional package is not installed. */
export async function loadQueueTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Telemetry | undefined> {
  if (!tracingAsked(env)) return undefined;
  try {
    const { BullMQOtel } = await import("bullmq-otel");
    return new BullMQOtel({ tracerName: "mesh-elt" }) as unknown as Telemetry;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    log.info({}, "bullmq-otel is not installed: the queue's own spans are left out");
    return undefined;
  }
}
