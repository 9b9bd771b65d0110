// Measures compiling generated meshes: cold, again, and with one file changed; each in a process of its own, with its peak memory.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Figure } from "./figure.ts";
import { generateMesh, modelSql } from "./generate-mesh.ts";

const SIZES = [100, 1_000, 10_000];
const BARS: Readonly<Record<string, string>> = {
  "1000 cold": "< 1.5 s",
  "1000 cold, with types": "< 3.5 s",
  "1000 one changed": "< 0.3 s",
  "10000 cold": "< 10 s",
  "10000 cold, with types": "< 30 s",
  "10000 one changed": "< 1 s",
};

/** --size: models of the one mesh to compile; 100, 1,000 and 10,000 unless told. */
const bench: Bench = async ({ size, tell }) => {
  const figures: Figure[] = [];
  for (const models of size === undefined ? SIZES : [size]) {
    const projects = Math.max(1, Math.round(models / 100));
    for (const types of [false, true]) {
      const root = await mkdtemp(join(tmpdir(), "mesh-bench-compile-"));
      try {
        await generateMesh(root, { models, projects });
        const suffix = types ? ", with types" : "";
        const add = (what: string, run: Compiled) => {
          const name = `${models} ${what}`;
          const bar = BARS[name] ?? BARS[`${models} ${what}${suffix}`];
          figures.push(
            { name: `${name}${suffix}`, value: run.seconds, unit: "s", ...(bar !== undefined && { bar }) },
            { name: `${name}${suffix}, peak memory`, value: run.peakMb, unit: "MB" },
          );
          tell(`${name}${suffix}: ${run.seconds.toFixed(2)} s, ${Math.round(run.peakMb)} MB`);
        };
        add("cold", await compileOnce(root, types));
        add("again", await compileOnce(root, types));
        await writeFile(join(root, "projects/p0/models/m1.sql"), `${modelSql(0, 1)}-- changed\n`);
        add("one changed", await compileOnce(root, types));
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    }
  }
  return figures;
};

interface Compiled {
  /** Load and compile, without the start of the process. */
  readonly seconds: number;
  readonly peakMb: number;
}

function compileOnce(root: string, types: boolean): Promise<Compiled> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./compile-child.js", import.meta.url)), root, String(types)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(text) as Compiled);
      else reject(new Error(`the compile exited with ${code}`));
    });
  });
}

export default bench;
