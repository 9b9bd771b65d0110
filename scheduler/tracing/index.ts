// Spans of runs, tasks and steps, for whoever has an OpenTelemetry SDK. May not know what is traced, nor load anything unless asked.
export { createTracing, noTracing, type OpenSpan, type Tracing, tracingAsked } from "./tracing.ts";
