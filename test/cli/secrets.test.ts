// No secret is ever printed or written, whatever fails.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { runMesh, runMeshHere } from "../support/temp-mesh.ts";

const SECRET = "hunter2-s3cr3t";
// Every test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let folder = "";

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "mesh-secrets-"));
  await runMeshHere(folder, ["init"]);
  const project = join(folder, "projects/sales/project.yml");
  await writeFile(
    project,
    `${await readFile(project, "utf8")}\nstores:\n  by_url: { client: pg, connection: "\${SHOP_URL}" }\n  by_parts: { client: mysql, connection: { host: 127.0.0.1, port: 1, user: app, password: "\${SHOP_PASSWORD}", database: x } }\n`,
  );
  for (const store of ["by_url", "by_parts"]) {
    await runMeshHere(folder, ["new", "snapshot", `sales.${store}_t`, "--store", store]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("prints and writes no password of an unreachable store, in text, as JSON or with MESH_DEBUG", async () => {
  const env = { SHOP_URL: `postgres://app:${SECRET}@127.0.0.1:1/shop`, SHOP_PASSWORD: SECRET };
  let failures = 0;
  for (const command of [["compile"], ["plan"], ["run"], ["doctor"], ["run", "--json"], ["compile", "--json"]]) {
    const { code, stdout, stderr } = await runMesh(folder, command, { ...env, MESH_DEBUG: "1" });
    if (code === 1) failures++;
    expect(`${stdout}${stderr}`, command.join(" ")).not.toContain(SECRET);
  }
  expect(failures, "run and doctor must fail, or nothing was shown").toBe(3);
  for (const file of await readdir(folder, { recursive: true })) {
    const path = join(folder, file);
    if ((await stat(path)).isFile()) expect((await readFile(path)).includes(SECRET), file).toBe(false);
  }
});

it("shows no password that stands in a file at the place of a problem", async () => {
  const project = join(folder, "projects/sales/project.yml");
  const before = await readFile(project, "utf8");
  await writeFile(project, `${before}  bad: { client: pgg, connection: "postgres://app:${SECRET}@db/x" }\n`);
  const { code, stdout, stderr } = await runMesh(folder, ["compile"]);
  await writeFile(project, before);
  expect(code).toBe(1);
  expect(stderr).toContain("project.yml:");
  expect(`${stdout}${stderr}`).not.toContain(SECRET);
});
