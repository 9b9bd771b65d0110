// Owns asking the real Jinja2, where there is one.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./render.py", import.meta.url));

/** The texts, null where Jinja2 fails; undefined when there is no Python with jinja2. */
export function renderWithJinja(
  templates: readonly string[],
  python = process.env.MESH_TEST_PYTHON ?? "python3",
): readonly (string | null)[] | undefined {
  const result = spawnSync(python, [SCRIPT], {
    input: JSON.stringify(templates),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONIOENCODING: "utf8" },
  });
  return result.status === 0 ? (JSON.parse(result.stdout) as (string | null)[]) : undefined;
}
