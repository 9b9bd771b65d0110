// Owns OpenTelemetry spans of runs, tasks and steps. Loads nothing unless tracing is asked for; sets up no SDK: that is the user's.
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { sha256Hex } from "../../core/util/index.ts";
import type { Log } from "../duty.ts";

export interface OpenSpan {
  /** W3C headers by which another process goes on with this trace. */
  readonly carrier: Readonly<Record<string, string>>;
  end(outcome: { readonly failed: boolean; readonly attributes?: Attributes; readonly message?: string }): void;
}

export interface Tracing {
  /** A span of a run's trace. All of one run have one trace, whichever process they were made in: its id is made from the run's. */
  startOfRun(name: string, runId: string, attributes: Attributes): OpenSpan;
  /** A span below one of another process. */
  startBelow(
    carrier: Readonly<Record<string, string>>,
    name: string,
    attributes: Attributes,
    startedAt?: Date,
  ): OpenSpan;
}

const NOTHING: OpenSpan = { carrier: {}, end: () => undefined };

/** Traces that nobody looks at cost nothing. */
export const noTracing: Tracing = { startOfRun: () => NOTHING, startBelow: () => NOTHING };

export function tracingAsked(env: Readonly<Record<string, string | undefined>>): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? "";
  return endpoint !== "" && env.OTEL_SDK_DISABLED !== "true";
}

export async function createTracing(env: Readonly<Record<string, string | undefined>>, log?: Log): Promise<Tracing> {
  if (!tracingAsked(env)) return noTracing;
  const { context, propagation, SpanStatusCode, trace, TraceFlags } = await import("@opentelemetry/api");
  const tracer = trace.getTracer("mesh-elt");
  if (!propagation.fields().length)
    log?.warn(
      {},
      "OTEL_EXPORTER_OTLP_ENDPOINT is set but no OpenTelemetry SDK is registered in this process; start it with NODE_OPTIONS='--import <your SDK>'",
    );

  const open = (span: Span, around: Context): OpenSpan => {
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(around, span), carrier);
    return {
      carrier,
      end({ failed, attributes = {}, message }) {
        span.setAttributes(attributes);
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
        span.end();
      },
    };
  };
  return {
    startOfRun(name, runId, attributes) {
      const digest = sha256Hex(`mesh run ${runId}`);
      const run = {
        traceId: digest.slice(0, 32),
        spanId: digest.slice(32, 48),
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      };
      const here = trace.getSpanContext(context.active());
      const around = trace.setSpanContext(context.active(), run);
      const links = here ? [{ context: here }] : [];
      return open(tracer.startSpan(name, { attributes: { "mesh.run": runId, ...attributes }, links }, around), around);
    },
    startBelow(carrier, name, attributes, startedAt) {
      const around = propagation.extract(context.active(), carrier);
      const span = tracer.startSpan(name, { attributes, ...(startedAt && { startTime: startedAt }) }, around);
      return open(span, around);
    },
  };
}
