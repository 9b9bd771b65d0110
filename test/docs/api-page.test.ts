// The curl commands of docs/api.md against a real server.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openState, type StateStore } from "../../core/state/index.ts";
import { makeToken } from "../support/api-bench.ts";
import { isShell, readPage } from "../support/doc-blocks.ts";
import { readSource } from "../support/source-files.ts";
import { startTypeScript, type TypeScriptChild } from "../support/typescript-child.ts";

const SHOWN = "http://127.0.0.1:4200";
const commands = readPage(readSource("docs/api.md"))
  .blocks.filter((block) => isShell(block) && block.reason === "needs a running scheduler" && /^curl/.test(block.text))
  .map(({ line, text }) => ({ line, text }));

let folder = "";
let state: StateStore;
let server: TypeScriptChild;
let token = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-api-page-"));
  const location = { kind: "sqlite", path: join(folder, "state.db") } as const;
  state = await openState(location);
  await state.migrate();
  token = await makeToken(state, "reader-of-the-page", "operate");
  server = startTypeScript("./api-child.ts", [JSON.stringify(location)]);
  await server.untilLines(1);
});
afterAll(async () => {
  server?.process.kill("SIGKILL");
  await state?.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(commands)("the command in line $line does what the page says", async ({ text }) => {
  const script = text.replaceAll(SHOWN, server.lines[0] ?? "");
  const { stdout } = await promisify(execFile)("bash", ["-ec", script], { env: { ...process.env, MESH_TOKEN: token } });
  if (text.includes("selct")) expect(JSON.parse(stdout)).toMatchObject({ code: "api/bad-request" });
  else expect(stdout).toMatch(/^[[{]/);
});

test("the page shows how to look, to ask, and to be refused; every route it names is there", async () => {
  expect(commands.length).toBeGreaterThanOrEqual(3);
  const response = await fetch(`${server.lines[0]}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, unknown> };
  const named = [...readSource("docs/api.md").matchAll(/`(?:GET |POST )?(\/v1\/[a-z/{}]+)`/g)].map(
    ([, path]) => path ?? "",
  );
  expect(named.length).toBeGreaterThan(15);
  expect([...new Set(named)].filter((path) => !(path in paths))).toEqual([]);
  expect(Object.keys(paths).filter((path) => !named.includes(path))).toEqual([]);
});
