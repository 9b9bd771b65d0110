// Owns the behaviour of finding, checking and normalising mesh.config.ts.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../core/config/index.ts";
import { MeshError } from "../../core/errors/index.ts";

const folders: string[] = [];

async function folderOf(files: Record<string, string>): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mesh-config-")));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const define = (body: string) => `import { defineMesh } from "mesh-elt";\nexport default defineMesh(${body});\n`;
const DEV = `dev: { warehouse: { kind: "duckdb", path: ".mesh/warehouse" }, state: { kind: "sqlite", path: ".mesh/state.db" } }`;
const PROD = `prod: { warehouse: { kind: "duckdb", path: "/srv/warehouse", memoryLimit: "2GB" }, state: { kind: "postgres", connection: "\${MESH_STATE_URL}" } }`;
const GOOD = define(`{ name: "travel", defaultTarget: "dev", targets: { ${DEV}, ${PROD} } }`);

async function failure(files: Record<string, string>, options: Parameters<typeof loadConfig>[1] = { env: {} }) {
  const error = await loadConfig(await folderOf(files), options).catch((e: unknown) => e);
  if (!(error instanceof MeshError)) throw new Error(`expected a MeshError, got ${String(error)}`);
  return {
    code: error.code,
    message: error.message,
    help: error.help,
    ...(error.location && { location: error.location }),
  };
}

describe("loadConfig", () => {
  it("normalises with every default and freezes the result", async () => {
    const root = await folderOf({ "mesh.config.ts": GOOD });
    const config = await loadConfig(root, { env: {} });
    expect(config).toEqual({
      alerts: { channels: {}, owners: {}, routes: {}, default: [] },
      calendars: {},
      name: "travel",
      root,
      projects: ["projects/*"],
      macros: "macros",
      target: {
        name: "dev",
        warehouse: { kind: "duckdb", path: join(root, ".mesh/warehouse") },
        state: { kind: "sqlite", path: join(root, ".mesh/state.db") },
      },
      targetNames: ["dev", "prod"],
      threads: expect.any(Number),
      vars: {},
      commandVars: {},
      retention: { builds: 5, minAgeMs: 86_400_000 },
      protectionKeys: [],
      scheduler: { leaseMs: 30_000, pools: {} },
    });
    expect(Object.isFrozen(config.target.warehouse)).toBe(true);
  });

  it("finds the config of the nearest folder above", async () => {
    const root = await folderOf({ "mesh.config.ts": GOOD, "projects/a/models/x.sql": "" });
    expect((await loadConfig(join(root, "projects/a/models"), { env: {} })).root).toBe(root);
  });

  it.each([
    ["--target over MESH_TARGET", { target: "prod", env: { MESH_TARGET: "dev" } }, {}, "prod"],
    ["MESH_TARGET over the default", { env: { MESH_TARGET: "prod" } }, {}, "prod"],
    ["MESH_TARGET of .env", { env: {} }, { ".env": "MESH_TARGET=prod\n" }, "prod"],
    ["the real environment over .env", { env: { MESH_TARGET: "dev" } }, { ".env": "MESH_TARGET=prod\n" }, "dev"],
    ["the default when MESH_TARGET is empty", { env: { MESH_TARGET: "" } }, {}, "dev"],
  ])("chooses the target by %s", async (_, options, files, expected) => {
    const config = await loadConfig(await folderOf({ "mesh.config.ts": GOOD, ...files }), options);
    expect(config.target.name).toBe(expected);
  });

  it("keeps an absolute warehouse path and an unresolved state connection", async () => {
    const config = await loadConfig(await folderOf({ "mesh.config.ts": GOOD }), {
      target: "prod",
      env: { MESH_STATE_URL: "postgres://u:secret@h/db" },
    });
    expect(config.target.warehouse).toEqual({ kind: "duckdb", path: "/srv/warehouse", memoryLimit: "2GB" });
    expect(config.target.state).toEqual({ kind: "postgres", connection: "${MESH_STATE_URL}", schema: "mesh" });
  });

  it("takes the scheduler's settings; its Redis keeps its ${NAME} until it is used", async () => {
    const scheduler =
      '{ redis: "redis://:${REDIS_PASSWORD}@redis:6379", lease: "1m", pools: { warehouse: 8, "tag:heavy": 0 } }';
    const files = {
      "mesh.config.ts": define(`{ name: "m", defaultTarget: "dev", targets: { ${DEV} }, scheduler: ${scheduler} }`),
    };
    expect((await loadConfig(await folderOf(files), { env: {} })).scheduler).toEqual({
      redis: "redis://:${REDIS_PASSWORD}@redis:6379",
      leaseMs: 60_000,
      pools: { warehouse: 8, "tag:heavy": 0 },
    });
  });

  it("puts --vars over the mesh's vars and keeps them apart", async () => {
    const files = {
      "mesh.config.ts": define(`{ name: "m", defaultTarget: "dev", targets: { ${DEV} }, vars: { a: 1, b: 2 } }`),
    };
    const config = await loadConfig(await folderOf(files), { env: {}, vars: { b: 3 } });
    expect(config.vars).toEqual({ a: 1, b: 3 });
    expect(config.commandVars).toEqual({ b: 3 });
  });

  it("runs the file: it may use the whole of TypeScript and import its neighbours", async () => {
    const root = await folderOf({
      "settings.ts": "export enum Size { Small = 3 }\n",
      "mesh.config.ts": `import { defineMesh } from "mesh-elt";\nimport { Size } from "./settings.ts";\nexport default defineMesh({ name: "m", threads: Size.Small, defaultTarget: "dev", targets: { ${DEV} } });\n`,
    });
    expect((await loadConfig(root, { env: {} })).threads).toBe(3);
  });

  it("loads anew each time, so that an edit counts in a process that lives on", async () => {
    const root = await folderOf({ "mesh.config.ts": GOOD });
    await loadConfig(root, { env: {} });
    await writeFile(join(root, "mesh.config.ts"), GOOD.replace('"travel"', '"trips"'));
    expect((await loadConfig(root, { env: {} })).name).toBe("trips");
  });
});

describe("loadConfig refuses", () => {
  const file = "mesh.config.ts";
  const listed = "Every key is described in docs/configuration.md; an editor with TypeScript shows them too.";

  it("a folder without a config above it", async () => {
    const root = await folderOf({ "a.txt": "" });
    await expect(loadConfig(root, { env: {} })).rejects.toMatchObject({
      code: "config/not-found",
      message: `No mesh.config.ts in ${root} or any folder above it.`,
    });
  });

  it("every problem at once, with suggestions", async () => {
    const body = `{ nmae: "m", defaultTarget: "dev", treads: 2, projects: [], retention: { builds: 0, minAge: "soon" },
      targets: { dev: { warehouse: { kind: "duckdb", path: ".mesh/w", memory: "2GB" }, state: { kind: "sqlite" } }, prod: { warehouse: { kind: "bigquery", path: "x" }, state: { kind: "mysql" } }, "a b": {} } } as never`;
    expect(await failure({ "mesh.config.ts": define(body) })).toEqual({
      code: "config/invalid",
      message: [
        "mesh.config.ts has 11 problems:",
        '  - the required key "name" (text) is missing.',
        "  - projects must be a list of at least 1 entry, but is an empty list.",
        '  - unknown key "memory" in targets.dev.warehouse. Known keys: kind, path, memoryLimit.',
        '  - targets.dev.state lacks the required key "path" (text).',
        '  - targets.prod.warehouse.kind must be "duckdb", but is "bigquery".',
        '  - targets.prod.state.kind must be one of sqlite, postgres, but is "mysql".',
        '  - targets.a b must be a name of letters, digits, _ and -, but is "a b".',
        "  - retention.builds must be a number of at least 1, but is 0.",
        '  - retention.minAge must be a duration such as 30m, 24h or 7d, but is "soon".',
        '  - unknown key "nmae". Did you mean "name"?',
        '  - unknown key "treads". Did you mean "threads"?',
      ].join("\n"),
      help: listed,
      location: { file },
    });
  });

  it("settings of the scheduler that cannot be meant", async () => {
    const body = `{ name: "m", defaultTarget: "dev", targets: { ${DEV} }, scheduler: { redis: "", lease: "10ms", pools: { warehouse: -1, extract: 1.5 }, retries: 3 } } as never`;
    expect((await failure({ "mesh.config.ts": define(body) })).message).toMatchInlineSnapshot(`
      "mesh.config.ts has 5 problems:
        - scheduler.redis must be text that is not empty, but is "".
        - scheduler.lease must be a duration of at least 1s, but is "10ms".
        - scheduler.pools.warehouse must be a number of at least 0, but is -1.
        - scheduler.pools.extract must be a whole number, but is 1.5.
        - unknown key "retries" in scheduler. Known keys: redis, lease, pools."
    `);
  });

  it.each([
    [
      "a syntax error",
      `export default {\n  name: "x"\n  threads: 1,\n};\n`,
      "config/failed-to-load",
      'mesh.config.ts could not be loaded: Unexpected token, expected ",".',
      { file, line: 3, column: 3 },
    ],
    [
      "an error thrown by it",
      `interface A {\n  a: 1;\n}\nthrow new Error("no licence");\nexport default {} as A;\n`,
      "config/failed-to-load",
      "mesh.config.ts could not be loaded: no licence.",
      { file, line: 4 },
    ],
    [
      "a missing import",
      `import x from "./nowhere.ts";\nexport default x;\n`,
      "config/failed-to-load",
      "mesh.config.ts could not be loaded: Cannot find module './nowhere.ts'.",
      { file },
    ],
    [
      "an unknown export of mesh-elt",
      `import { defineMash } from "mesh-elt";\n\nexport default defineMash({});\n`,
      "config/failed-to-load",
      "mesh.config.ts could not be loaded: defineMash is not exported by the module it is imported from.",
      { file, line: 3 },
    ],
    [
      "no default export",
      `export const config = {};\n`,
      "config/no-default-export",
      "mesh.config.ts has no default export that is an object.",
      { file },
    ],
    [
      "an environment place outside a connection",
      define(
        `{ name: "m", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "\${HOME}/w" }, state: { kind: "sqlite", path: "s" } } } }`,
      ),
      "config/invalid",
      "mesh.config.ts: targets.dev.warehouse.path: ${HOME} is substituted in a connection only; use process.env here.",
      { file },
    ],
    [
      "a default target that is not there",
      define(`{ name: "m", defaultTarget: "dve", targets: { ${DEV} } }`),
      "config/unknown-target",
      'There is no target "dve" (asked for by defaultTarget). Did you mean "dev"?',
      { file },
    ],
  ])("%s", async (_, content, code, message, location) => {
    expect(await failure({ "mesh.config.ts": content })).toMatchObject({ code, message, location });
  });

  it("a target that does not exist, naming who asked", async () => {
    expect(await failure({ "mesh.config.ts": GOOD }, { target: "prd", env: {} })).toMatchObject({
      code: "config/unknown-target",
      message: 'There is no target "prd" (asked for by --target). Did you mean "prod"?',
      help: "The targets of mesh.config.ts are: dev, prod.",
    });
  });

  it("a malformed .env, with its line and without its values", async () => {
    expect(await failure({ "mesh.config.ts": GOOD, ".env": "A=1\nhunter2 hunter3\n" })).toMatchObject({
      code: "config/invalid-env-file",
      message: ".env: line 2 is not NAME=value.",
      location: { file: ".env", line: 2, column: 1 },
    });
  });
});
