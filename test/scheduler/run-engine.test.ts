// Runs of workers over a transport in memory, on a SQLite state. The other pairs are in the files beside this one.
import { createInProcessTransport } from "../../core/execute/index.ts";
import { testRunEngine } from "../conformance/run-engine.ts";

testRunEngine({
  name: "in-process transport, SQLite",
  async start() {
    const transport = createInProcessTransport();
    return {
      state: `{ kind: "sqlite", path: "state.db" }`,
      openTransport: async () => transport,
      close: () => transport.close(),
    };
  },
});
