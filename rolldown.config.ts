// Owns how mesh's programs become few files: the command, the worker and its children start twice as fast from these as from a file a module.
// The library in dist/core is compiled file by file (tsconfig.build.json).
import { readdir, readFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { defineConfig, type Plugin } from "rolldown";

const require = createRequire(import.meta.url);

/** Small files of plain JavaScript that every start needs. All else stays in node_modules and is loaded when it is needed. */
const INLINED = [
  "@hono/node-server",
  "@hono/zod-openapi",
  "@noble/ciphers",
  "cron-parser",
  "hono",
  "nunjucks",
  "picocolors",
  "tinyglobby",
  "yaml",
  "zod",
];

/** What an inlined package stands on comes with it. */
const isExternal = (specifier: string, importer: string | undefined): boolean => {
  const name = /^(?:@[^/]+\/)?[\w][^/]*/.exec(specifier)?.[0];
  return (
    name !== undefined &&
    !REQUIRED.includes(name) &&
    (isBuiltin(specifier) || !(INLINED.includes(name) || importer?.includes("/node_modules/")))
  );
};

/**
 * CommonJS packages of many files. Node reads each file of an imported one twice, first for the names it exports; a required one is read
 * once, when its importer is.
 */
const REQUIRED = ["@duckdb/node-api", "ioredis", "jiti", "knex", "pino", "prom-client"];

const required = (): Plugin => ({
  name: "required",
  resolveId: (id) => (REQUIRED.includes(id) ? `\0required:${id}` : null),
  load(id) {
    const name = id.split("\0required:")[1];
    if (name === undefined) return null;
    const names = Object.keys(require(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default");
    return [
      `import { createRequire } from "node:module";`,
      `const found = createRequire(import.meta.url)(${JSON.stringify(name)});`,
      "export default found;",
      ...names.map((key, i) => `const name${i} = found.${key};`),
      `export { ${names.map((key, i) => `name${i} as ${key}`).join(", ")} };`,
    ].join("\n");
  },
});

/** What others wrote and is inlined keeps its licence beside it. */
const licences = (): Plugin => ({
  name: "licences",
  async generateBundle() {
    const folders = new Set(
      [...this.getModuleIds()].flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
    );
    const texts = await Promise.all(
      [...folders].sort().map(async (folder) => {
        const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
        const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
        const text = file === undefined ? license : await readFile(join(folder, file), "utf8");
        return `## ${name} ${version}\n\n${text.trim()}\n`;
      }),
    );
    this.emitFile({ type: "asset", fileName: "LICENCES.md", source: texts.join("\n") });
  },
});

export default defineConfig([
  {
    input: {
      start: "core/cli/start.ts",
      "task-child": "scheduler/worker/task-child.ts",
      "worker-main": "scheduler/worker/worker-main.ts",
    },
    platform: "node",
    external: isExternal,
    plugins: [required(), licences()],
    output: { dir: "dist/bin", format: "esm", chunkFileNames: "[name]-[hash].js" },
  },
  {
    input: { mesh: "core/cli/main.cts" },
    platform: "node",
    plugins: [
      { name: "start", resolveId: (id) => (id === "./start.ts" ? { id: "./start.js", external: true } : null) },
    ],
    output: { dir: "dist/bin", format: "cjs", entryFileNames: "mesh.cjs" },
  },
]);
