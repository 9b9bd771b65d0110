// Owns running the samples: each folder beside this file is a small mesh with one thing wrong, and `expected.json` says what it is
// and everything that is said about it. UPDATE_SAMPLES=1 rewrites what is expected; read each message before keeping it.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sortDiagnostics } from "../../core/cli/output/diagnostics.ts";
import { createMesh, type Diagnostic, MeshError } from "../../core/index.ts";

interface Expected {
  /** One sentence: what is wrong. */
  readonly about: string;
  /** The environment; nothing is set unless it stands here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Ids of the models that compile all the same. */
  readonly models: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const HERE = import.meta.dirname;
const UPDATE = process.env.UPDATE_SAMPLES === "1";
const SAMPLES = (await readdir(HERE, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const CONFIG = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "temp",
  defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } },
});
`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mesh-samples-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy, with a mesh.config.ts and a project.yml where the sample brings none. */
async function copyOf(sample: string): Promise<string> {
  const root = join(folder, sample);
  await cp(join(HERE, sample), root, { recursive: true, filter: (path) => !path.endsWith("expected.json") });
  const add = (path: string, content: string) =>
    writeFile(join(root, path), content, { flag: "wx" }).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  await add("mesh.config.ts", CONFIG);
  for (const project of await readdir(join(root, "projects")).catch(() => []))
    await add(
      `projects/${project}/project.yml`,
      `name: ${project}\nowner: { team: ${project}, email: ${project}@example.com }\n`,
    );
  return root;
}

async function compileSample(sample: string, { env = {}, vars = {} }: Expected) {
  const root = await copyOf(sample);
  try {
    const mesh = await createMesh({ cwd: root, env, vars });
    try {
      const { manifest, diagnostics } = await mesh.compile();
      return { root, models: Object.keys(manifest.models).sort(), diagnostics: sortDiagnostics(diagnostics) };
    } finally {
      await mesh.close();
    }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    const { code, message, help, location } = error;
    const diagnostic: Diagnostic = { level: "error", code, message, help, ...(location && { location }) };
    return { root, models: [], diagnostics: [diagnostic] };
  }
}

describe("a mesh with something wrong in it is told all of it, and nothing else", () => {
  it.each(SAMPLES)("%s", async (sample) => {
    const file = join(HERE, sample, "expected.json");
    const expected: Expected = JSON.parse(await readFile(file, "utf8"));
    const { root, ...compiled } = await compileSample(sample, expected);
    // As JSON, where a key that is undefined does not exist; the temporary folder is nobody's business.
    const actual = JSON.parse(JSON.stringify(compiled).replaceAll(root, "<root>"));
    if (UPDATE) await writeFile(file, `${JSON.stringify({ ...expected, ...actual }, null, 2)}\n`);
    else expect(actual).toEqual({ models: expected.models, diagnostics: expected.diagnostics });
    const text = JSON.stringify(actual);
    expect(text, "a stack trace").not.toMatch(/\\n\s+at |node_modules|file:\/\//);
    for (const secret of Object.values(expected.env ?? {})) expect(text, "a secret").not.toContain(secret);
  });
});

it("there are at least forty samples, and each says what is wrong in one sentence", async () => {
  const said = await Promise.all(
    SAMPLES.map(async (sample) => JSON.parse(await readFile(join(HERE, sample, "expected.json"), "utf8")) as Expected),
  );
  expect(said.length).toBeGreaterThanOrEqual(40);
  for (const { about, diagnostics } of said) {
    expect(about).toMatch(/^\S.*\.$/);
    expect(diagnostics.length, about).toBeGreaterThan(0);
  }
});
