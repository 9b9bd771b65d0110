// Spans as a user's SDK sees them: one trace for a run over all processes, steps below their task, failures marked.
import {
  type Attributes,
  type Context,
  propagation,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTracing, noTracing, tracingAsked } from "../../scheduler/tracing/index.ts";

interface Seen {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  failed: boolean;
  ended: boolean;
}
const spans: Seen[] = [];

/** As much of an SDK as it takes to see spans. */
const tracer = {
  startSpan(name: string, options: SpanOptions = {}, around?: Context): Span {
    const parent = around && trace.getSpanContext(around);
    const spanId = (spans.length + 1).toString(16).padStart(16, "0");
    const traceId = parent?.traceId ?? "f".repeat(32);
    const seen: Seen = {
      name,
      traceId,
      spanId,
      parent: parent?.spanId,
      attributes: { ...options.attributes },
      failed: false,
      ended: false,
    };
    spans.push(seen);
    const span = {
      spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
      setAttributes(more: Attributes) {
        Object.assign(seen.attributes, more);
      },
      setStatus({ code }: { code: SpanStatusCode }) {
        seen.failed = code === SpanStatusCode.ERROR;
      },
      end() {
        seen.ended = true;
      },
    };
    return span as unknown as Span;
  },
  startActiveSpan: () => undefined as never,
};
const headers: TextMapPropagator<Record<string, string>> = {
  fields: () => ["traceparent"],
  inject(context, carrier) {
    const span = trace.getSpanContext(context);
    if (span) carrier.traceparent = `00-${span.traceId}-${span.spanId}-01`;
  },
  extract(context, carrier) {
    const [, traceId = "", spanId = ""] = carrier.traceparent?.split("-") ?? [];
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
};

beforeAll(() => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  propagation.setGlobalPropagator(headers);
});
afterAll(() => {
  trace.disable();
  propagation.disable();
});

const ENV = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test("tasks of one run share a trace in whichever process, steps are below their task, failures are marked", async () => {
  const [one, other] = [await createTracing(ENV), await createTracing(ENV)];
  const first = one.startOfRun("mesh.task", "run-1", { "mesh.task": "build:shop.orders" });
  const second = other.startOfRun("mesh.task", "run-1", { "mesh.task": "build:shop.lines" });
  const another = one.startOfRun("mesh.task", "run-2", {});
  const step = other.startBelow(first.carrier, "mesh.step", { "mesh.step": "test:shop.orders" });
  step.end({ failed: true, message: "1 test failed" });
  first.end({ failed: false, attributes: { "mesh.outcome": "done" } });
  second.end({ failed: false });
  another.end({ failed: false });
  const [a, b, c, d] = spans;
  expect(a?.traceId).toBe(b?.traceId);
  expect(c?.traceId).not.toBe(a?.traceId);
  expect(a?.attributes).toEqual({ "mesh.run": "run-1", "mesh.task": "build:shop.orders", "mesh.outcome": "done" });
  expect(d).toMatchObject({ name: "mesh.step", traceId: a?.traceId, parent: a?.spanId, failed: true });
  expect(spans.map(({ failed, ended }) => [failed, ended])).toEqual([
    [false, true],
    [false, true],
    [false, true],
    [true, true],
  ]);
});

test("nothing is traced unless somebody asks", async () => {
  expect(await createTracing({})).toBe(noTracing);
  expect(tracingAsked({ ...ENV, OTEL_SDK_DISABLED: "true" })).toBe(false);
});
