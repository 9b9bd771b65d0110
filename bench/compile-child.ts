// Compiles the mesh in a folder once and prints { seconds, peakMb }. Started by `compile.ts`, so that each compile has a process of its own.
import * as pipeline from "../core/pipeline.ts";

const [root = "", types = "true"] = process.argv.slice(2);
const started = performance.now();
const config = await pipeline.configure(root, { env: process.env });
const loaded = await pipeline.load(config);
const { compileMesh } = await import("../core/compile/index.ts");
const { manifest } = await compileMesh({ config, ...loaded, env: process.env, types: types === "true" });
const seconds = (performance.now() - started) / 1_000;
const [problem] = pipeline.check(manifest);
if (problem) throw new Error(`${problem.message} (${problem.location?.file}:${problem.location?.line})`);
console.log(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024 }));
