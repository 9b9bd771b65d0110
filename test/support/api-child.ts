// Owns a process that serves the API in tests, and can be killed. Arguments: the state's location as JSON, a port (0: any), "no-redis" for
// a transport whose signals never get through. Prints the URL.
import { writeSync } from "node:fs";
import { createInProcessTransport } from "../../core/execute/index.ts";
import { openState, type StateLocation } from "../../core/state/index.ts";
import { systemClock } from "../../core/util/index.ts";
import { serveApi } from "../../scheduler/api/index.ts";
import { deployedManifest, listedLog } from "./api-bench.ts";

const [location = "", port = "0", redis] = process.argv.slice(2);
const state = await openState(JSON.parse(location) as StateLocation);
await state.migrate();
const manifest = deployedManifest();
const whole = createInProcessTransport();
const transport =
  redis === "no-redis"
    ? {
        ...whole,
        signal: () => new Promise<never>(() => undefined),
        onSignal: () => new Promise<never>(() => undefined),
      }
    : whole;
const server = await serveApi(
  { state, transport, deployed: async () => ({ manifest }), log: listedLog([]), clock: systemClock },
  { port: Number(port) },
);
writeSync(1, `${server.url}\n`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
