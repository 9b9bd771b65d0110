// Owns a worker's child process for tests: it does what it is told, the worst included.
import { problems } from "../../core/errors/index.ts";
import { serveParent } from "../../scheduler/worker/serve-parent.ts";

export type TestWork =
  | { readonly do: "echo"; readonly text: string }
  | { readonly do: "fail" }
  | { readonly do: "exit"; readonly code: number }
  | { readonly do: "signal"; readonly name: NodeJS.Signals }
  | { readonly do: "abort" }
  | { readonly do: "throw" }
  | { readonly do: "oom" }
  | { readonly do: "secret"; readonly text: string }
  /** JavaScript that never gives the thread back. */
  | { readonly do: "busy"; readonly forMs: number }
  /** A query that would take days. */
  | { readonly do: "query"; readonly obeys: boolean }
  /** The same, and JavaScript that exits meanwhile. */
  | { readonly do: "exit-in-query" };

const perform = async (work: TestWork, signal: AbortSignal, tell: (event: unknown) => void): Promise<unknown> => {
  switch (work.do) {
    case "echo":
      return { pid: process.pid, text: work.text };
    case "fail":
      throw problems.unexpected({ what: "testing", reason: "it was told to fail" });
    case "exit":
      return process.exit(work.code);
    case "signal":
      process.kill(process.pid, work.name);
      return new Promise(() => undefined);
    case "abort":
      return process.abort();
    case "throw":
      setImmediate(() => {
        throw new Error("nobody catches me");
      });
      return new Promise(() => undefined);
    case "oom": {
      const kept: unknown[] = [];
      for (;;) kept.push(new Array(100_000).fill(Math.random()));
    }
    case "secret":
      process.stderr.write(`the password is ${work.text}\n`);
      return process.exit(7);
    case "busy": {
      tell("begun");
      // The message leaves the process before the thread is lost.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const endMs = Date.now() + work.forMs;
      while (Date.now() < endMs);
      return "done";
    }
    case "exit-in-query":
    case "query": {
      // Here, because most children of a test query nothing, and loading it is half of what a start costs.
      const { DuckDBInstance } = await import("@duckdb/node-api");
      const connection = await (await DuckDBInstance.create(":memory:")).connect();
      let interrupting: NodeJS.Timeout | undefined;
      // Again and again: an interrupt between two moments of a query is lost.
      const interrupt = () => {
        interrupting = setInterval(() => connection.interrupt(), 20);
      };
      if ("obeys" in work && work.obeys) signal.addEventListener("abort", interrupt, { once: true });
      const running = connection.run("select count(*) from range(100000000000) a where hash(a.range) % 7 = 8");
      tell("begun");
      if (work.do === "exit-in-query") setTimeout(() => process.exit(5), 100);
      await running.finally(() => clearInterval(interrupting));
      return "done";
    }
  }
};

await serveParent(async ({ tellSecret }) => {
  tellSecret("hunter2-from-the-child");
  return {
    perform: (work, signal, tell) => perform(work as TestWork, signal, tell),
    close: async () => undefined,
  };
});
