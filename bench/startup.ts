// Measures the start of the command line: help and versions against an empty Node process, and short commands as they are installed
// against the same code as a file a module, in turns.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, type Figure, median } from "./figure.ts";
import { generateMesh } from "./generate-mesh.ts";
import { type Measured, measureProcess } from "./measured-process.ts";

const RUNS = 20;
/** Measured is what is installed: the built files, also when this bench runs from source. */
const DIST = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../dist/" : "../", import.meta.url));
const INSTALLED = join(DIST, "bin/mesh.cjs");
const AS_MODULES = join(DIST, "core/cli/start.js");

const SHORT = ["compile", "plan", "run"] as const;

/** --size: runs of each, 20 unless told. */
const bench: Bench = async ({ size = RUNS }) => {
  const root = await mkdtemp(join(tmpdir(), "mesh-bench-startup-"));
  try {
    await generateMesh(root, { models: 1, projects: 1 });
    // What the first command does once, building the model among it, is nobody's start.
    await start(root, [INSTALLED, "run"]);
    const programs: Readonly<Record<string, readonly string[]>> = {
      empty: ["-e", "0"],
      help: [INSTALLED, "--help"],
      version: [INSTALLED, "--version"],
      ...Object.fromEntries(
        SHORT.flatMap((command) => [
          [command, [INSTALLED, command]],
          [`${command} as modules`, [AS_MODULES, command]],
        ]),
      ),
    };
    const seen = new Map<string, Measured[]>(Object.keys(programs).map((name) => [name, []]));
    for (let run = 0; run < size; run++)
      for (const [name, args] of Object.entries(programs)) seen.get(name)?.push(await start(root, args));
    const wallMs = (name: string) => median((seen.get(name) ?? []).map(({ seconds }) => seconds * 1_000));
    const cpuMs = (name: string) => median((seen.get(name) ?? []).map(({ cpuSeconds }) => cpuSeconds * 1_000));
    const againstEmpty = (name: string) => ({ what: "node -e 0", ratio: wallMs(name) / wallMs("empty") });
    return [
      { name: "node -e 0", value: wallMs("empty"), unit: "ms" },
      { name: "mesh --help", value: wallMs("help"), unit: "ms", against: againstEmpty("help"), bar: "< 1.7x" },
      { name: "mesh --version", value: wallMs("version"), unit: "ms", against: againstEmpty("version") },
      ...SHORT.map(
        (command): Figure => ({
          name: `mesh ${command}, one model, nothing to do`,
          value: cpuMs(command),
          unit: "ms of CPU",
          against: { what: "a file a module", ratio: cpuMs(command) / cpuMs(`${command} as modules`) },
        }),
      ),
    ];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

/** Throws when it is not built: `npm run build`. */
function start(cwd: string, args: readonly string[]): Promise<Measured> {
  return measureProcess([process.execPath, ...args], { cwd });
}

export default bench;
