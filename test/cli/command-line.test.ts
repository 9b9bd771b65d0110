// The command line: help, wrong use, new files; as a real process wherever a process can be wrong in its own way. Nothing here needs a compiled project.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { commands } from "../../core/cli/command-table.ts";
import { ensureBuilt } from "../support/built-cli.ts";
import { runMesh, runMeshHere } from "../support/temp-mesh.ts";

// Every test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let folder = "";

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "mesh-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("help", () => {
  it.each([["--help"], ["-h"], ["help"], []])("mesh %s lists every command and exits 0", async (...args) => {
    const { code, stdout, stderr } = await runMesh(folder, args);
    expect([code, stderr]).toEqual([0, ""]);
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, "m"));
  });

  it.each([
    ["run", "--help"],
    ["--help", "run"],
    ["help", "run"],
    ["--project-dir", "x", "run", "-h"],
  ])("mesh %s %s … is about run, with examples", async (...args) => {
    const { code, stdout } = await runMesh(folder, args);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: mesh run [options]");
    expect(stdout).toMatch(/Examples:\n {2}mesh run\n/);
  });

  it("mesh --version is that of package.json", async () => {
    const { stdout } = await runMesh(folder, ["--version"]);
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(stdout).toBe(`${version}\n`);
  });
});

describe("wrong use", () => {
  it("exits 2 with the problem on stderr and nothing on stdout", async () => {
    const { code, stdout, stderr } = await runMesh(folder, ["rnu", "--help"]);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      "error[cli/unknown-command] There is no command `rnu`.\n  help: Did you mean: mesh run\n",
    ]);
  });

  it("is one document on stdout with --json", async () => {
    const { code, stdout } = await runMesh(folder, ["run", "--treads", "3", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "cli/unknown-option",
      help: expect.stringContaining("`--threads`"),
    });
  });

  it.each([
    [["run"], "config/not-found"],
    [["run", "--vars", "[1]"], "cli/bad-value"],
    [["run", "--threads", "0"], "cli/bad-value"],
    [["show"], "cli/conflicting-use"],
    [["show", "a", "--inline", "select 1"], "cli/conflicting-use"],
    [["ls", "--output", "ids"], "cli/bad-choice"],
    [["new", "model", "Bad.Name"], "cli/bad-name"],
    [["new", "model", "only_one"], "cli/bad-name"],
  ])("mesh %j -> %s, exit 2, no stack trace", async (args, problem) => {
    const { code, stdout, stderr } = await runMeshHere(folder, args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`error[${problem}]`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("shows the trace with MESH_DEBUG=1 only", async () => {
    const { stderr } = await runMesh(folder, ["run"], { MESH_DEBUG: "1" });
    expect(stderr).toMatch(/^\s+at /m);
  });
});

describe("mesh init", () => {
  it("writes a mesh into a new folder and says what is next", async () => {
    const { code, stdout, stderr } = await runMesh(folder, ["init", "first"]);
    expect(code).toBe(0);
    expect(stdout).toContain("  projects/sales/models/marts/daily_sales.sql\n");
    expect(stderr).toContain("cd first\n  mesh run");
    expect(await readFile(join(folder, "first/mesh.config.ts"), "utf8")).toContain('name: "first"');
  });

  it("takes a folder that holds only .git, and names the mesh for it", async () => {
    await mkdir(join(folder, "My Mesh 2!/.git"), { recursive: true });
    const { code } = await runMesh(join(folder, "My Mesh 2!"), ["init"]);
    expect(code).toBe(0);
    expect(await readFile(join(folder, "My Mesh 2!/mesh.config.ts"), "utf8")).toContain('name: "my-mesh-2"');
  });

  it("takes a folder into which npm has installed mesh", async () => {
    await mkdir(join(folder, "installed/node_modules"), { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) await writeFile(join(folder, "installed", file), "{}");
    expect((await runMesh(join(folder, "installed"), ["init"])).code).toBe(0);
    expect(await readFile(join(folder, "installed/package.json"), "utf8")).toBe("{}");
    expect(await readFile(join(folder, "installed/.gitignore"), "utf8")).toContain("node_modules/");
  });

  it("writes nothing into a folder that holds something", async () => {
    await mkdir(join(folder, "full"));
    await writeFile(join(folder, "full/notes.txt"), "mine");
    const { code, stderr } = await runMesh(folder, ["init", "full"]);
    expect(code).toBe(2);
    expect(stderr).toContain("error[cli/folder-not-empty] full is not empty: it has notes.txt.");
    expect(await readdir(join(folder, "full"))).toEqual(["notes.txt"]);
  });
});

describe("mesh new", () => {
  let made = "";
  const at = (path: string) => join(made, path);
  const read = (path: string) => readFile(at(path), "utf8");
  /** But what is remembered of files that were loaded. */
  const written = async () =>
    (await readdir(at("."), { recursive: true })).filter((path) => !path.startsWith(".mesh")).sort();

  beforeEach(async () => {
    made = await mkdtemp(join(folder, "made-"));
    await runMeshHere(made, ["init"]);
  });

  it("makes a project with its owner", async () => {
    const { code, stdout } = await runMesh(at("."), [
      "new",
      "project",
      "bookings",
      "--owner",
      "Team: Bookings",
      "--email",
      "b@example.com",
    ]);
    expect([code, stdout]).toEqual([
      0,
      "  created projects/bookings/project.yml\n  created projects/bookings/models/marts/_marts.yml\n",
    ]);
    expect(await read("projects/bookings/project.yml")).toMatch(
      /^name: bookings\nowner:\n {2}team: "Team: Bookings"\n {2}email: b@example.com\n/,
    );
  });

  it("adds a model with its entry after the others, whatever folder it is started in", async () => {
    const before = await read("projects/sales/models/marts/_marts.yml");
    const { code } = await runMeshHere(at("projects/sales"), ["new", "model", "sales.monthly_sales"]);
    expect(code).toBe(0);
    const after = await read("projects/sales/models/marts/_marts.yml");
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length)).toContain("  - name: monthly_sales\n    description:");
    expect(await read("projects/sales/models/marts/monthly_sales.sql")).toContain("config(materialized='table')");
  });

  it("adds a TypeScript model to a folder that has none yet", async () => {
    const { stdout } = await runMeshHere(at("."), [
      "new",
      "model",
      "sales.scores",
      "--typescript",
      "--folder",
      "ml/daily",
    ]);
    expect(stdout).toBe(
      "  created projects/sales/models/ml/daily/scores.ts\n  created projects/sales/models/ml/daily/_daily.yml\n",
    );
  });

  it("declares a table and its snapshot, the store found when there is only one", async () => {
    const owner = ["--owner", "Bookings", "--email", "b@example.com"];
    expect((await runMeshHere(at("."), ["new", "project", "bookings", ...owner])).code).toBe(0);
    const project = await read("projects/bookings/project.yml");
    await writeFile(
      at("projects/bookings/project.yml"),
      `${project}stores:\n  db: { client: sqlite, connection: x.db }\n`,
    );
    const columns = "id bigint, amount decimal(12,2)";
    expect((await runMeshHere(at("."), ["new", "snapshot", "bookings.orders", "--columns", columns])).code).toBe(0);
    expect((await runMeshHere(at("."), ["new", "snapshot", "bookings.lines", "--table", "order_lines"])).code).toBe(0);
    expect(await read("projects/bookings/models/snapshots/_snapshots.yml")).toBe(`version: 2

sources:
  - name: db
    tables:
      - name: orders
        columns:
          - name: id
            data_type: bigint
          - name: amount
            data_type: decimal(12,2)
      - name: order_lines
        columns:
          # TODO: list every column to copy; the store could not be asked for them.
          # TODO: give each a classification (public, internal, personal, pci): unclassified counts as sensitive.
          - name: id
            data_type: bigint

snapshots:
  - name: orders
    relation: source('db', 'orders')
    config:
      strategy: full
      unique_key: id
    columns:
      - name: id
        data_tests:
          - unique
          - not_null
  - name: lines
    relation: source('db', 'order_lines')
    config:
      strategy: full
      unique_key: id
    columns:
      - name: id
        data_tests:
          - unique
          - not_null
`);
  });

  it.each([
    [["model", "sales.daily_sales"], "cli/already-exists"],
    [["model", "sales.orders"], "cli/already-exists"],
    [["project", "sales"], "cli/already-exists"],
    [["snapshot", "sales.x"], "cli/no-such-store"],
    [["model", "sale.x"], "cli/no-such-project"],
    [["model", "sales.x", "--folder", "../.."], "cli/bad-value"],
  ])("mesh new %j -> %s, and nothing is written", async (args, problem) => {
    const before = await written();
    const { code, stderr } = await runMeshHere(at("."), ["new", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error[${problem}]`);
    expect(await written()).toEqual(before);
  });
});

it("mesh compile tells what is wrong where it cannot write the manifest, and that", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mesh-unwritten-"));
  try {
    await runMeshHere(folder, ["init"]);
    await writeFile(join(folder, "projects/sales/models/wrong.sql"), "select * from {{ ref('nothing') }}");
    await rm(join(folder, ".mesh"), { recursive: true, force: true });
    // A file stands where the folder would be: no account may write below it.
    await writeFile(join(folder, ".mesh"), "");
    const { code, stdout, stderr } = await runMeshHere(folder, ["compile"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("error[compile/ref-not-found]");
    expect(stderr).toMatch(
      /error\[compile\/manifest-not-written\] The manifest cannot be written to .*\(E(EXIST|NOTDIR)\)/,
    );
    expect(JSON.parse((await runMeshHere(folder, ["compile", "--json"])).stdout)).toMatchObject({
      error: { code: "compile/manifest-not-written" },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
