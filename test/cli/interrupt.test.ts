// Ctrl-C: the run stops cleanly, a second one stops it at once, and the next run works either way.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { runMeshHere, startMesh } from "../support/temp-mesh.ts";

// Every test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let folder = "";
const slow = (listens: boolean) => `import { setTimeout } from "node:timers/promises";
import { defineModel } from "mesh-elt";
export default defineModel({
  columns: { id: "integer" },
  async *rows({ signal }) {
    yield { id: 1 };
    if (process.env.SLOW) await setTimeout(600_000, undefined, ${listens ? "{ signal }" : "{}"});
  },
});
`;

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "mesh-interrupt-"));
  await runMeshHere(folder, ["init"]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts a run and resolves when the slow model is being built. */
async function startSlowRun() {
  const child = startMesh(folder, ["run", "--json"], { SLOW: "1" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    let seen = "";
    child.stdout?.on("data", (chunk) => {
      seen += chunk;
      if (/"type":"step-started","step":\{"id":"build:sales\.slow"/.test(seen)) resolve();
    });
    child.done.then((result) => reject(new Error(`ended too soon: ${JSON.stringify(result)}`)), reject);
  });
  return child;
}

it.each([
  ["a model that listens stops with the first", true, 1],
  ["a model that does not stops with the second", false, 2],
] as const)("%s", async (_, listens, presses) => {
  await writeFile(join(folder, "projects/sales/models/marts/slow.ts"), slow(listens));
  const child = await startSlowRun();
  child.kill("SIGINT");
  if (presses === 2) {
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (chunk) => String(chunk).includes("Stopping") && resolve()),
    );
    child.kill("SIGINT");
  }
  const { code, stdout, stderr } = await child.done;
  expect(code).toBe(130);
  if (listens) {
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "result", status: "cancelled" });
  }
  expect(stderr).toContain("Stopping; what is published stays as it is.");
  expect(stderr).not.toMatch(/^\s+at /m);

  const next = await runMeshHere(folder, ["run"]);
  expect(next.code, next.stderr + next.stdout).toBe(0);
  const shown = await runMeshHere(folder, ["show", "slow", "--json"]);
  expect(JSON.parse(shown.stdout).rows).toEqual([[1]]);
  await runMeshHere(folder, ["clean"]);
  expect((await runMeshHere(folder, ["runs", "--json"])).stdout).not.toContain('"running"');
});
