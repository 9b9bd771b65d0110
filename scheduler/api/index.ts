// The HTTP API: looks at the state store, and asks for runs through it. May not run, plan or publish anything itself.
export type { ApiContext } from "./api-context.ts";
export { type Api, createApi } from "./create-api.ts";
export { createEventRetention } from "./event-retention.ts";
export { serveApi } from "./serve-api.ts";
