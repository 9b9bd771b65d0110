// Measures the start of the command line: `mesh --help` and `mesh --version` against an empty Node process, in turns.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Bench, median } from "./figure.ts";

const RUNS = 40;
/** Measured is what is installed: the built file, also when this bench runs from source. */
const MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../dist/core/cli/main.cjs" : "../core/cli/main.cjs", import.meta.url),
);

/** --size: runs of each, 40 unless told. */
const bench: Bench = async ({ size = RUNS, tell }) => {
  const empty: number[] = [];
  const help: number[] = [];
  const version: number[] = [];
  await timeProcess([MAIN, "--help"]);
  for (let run = 0; run < size; run++) {
    empty.push(await timeProcess(["-e", "0"]));
    help.push(await timeProcess([MAIN, "--help"]));
    version.push(await timeProcess([MAIN, "--version"]));
  }
  tell(
    `${size} runs of each, medians; fastest: ${Math.min(...empty).toFixed(0)} ms empty, ${Math.min(...help).toFixed(0)} ms help`,
  );
  const against = (values: readonly number[]) => ({ what: "node -e 0", ratio: median(values) / median(empty) });
  return [
    { name: "node -e 0", value: median(empty), unit: "ms" },
    { name: "mesh --help", value: median(help), unit: "ms", against: against(help), bar: "< 1.7x" },
    { name: "mesh --version", value: median(version), unit: "ms", against: against(version) },
  ];
};

async function timeProcess(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}; build first: npm run build`);
  return performance.now() - started;
}

export default bench;
