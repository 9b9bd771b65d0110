// Owns running the blocks of one page of the docs, in order, as a reader would. How they are written is in doc-blocks.ts.
import { spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type DocBlock, type DocPage, isShell } from "./doc-blocks.ts";
import { ROOT } from "./source-files.ts";
import { CLI } from "./temp-mesh.ts";

/** What belongs to the repository's own mesh. */
const MESH_FILES = ["mesh.config.ts", "projects", "macros", "demo", "package.json"];
const BLOCK_TIMEOUT_MS = 120_000;

export interface BlockFailure {
  readonly line: number;
  readonly what: string;
  readonly printed: string;
}

/** Runs the page in a fresh folder. Stops at the first block that does not do what the page says. */
export async function runPage(page: DocPage): Promise<BlockFailure | undefined> {
  const base = await mkdtemp(join(tmpdir(), "mesh-docs-"));
  const folder = join(base, "work");
  try {
    await prepare(base, folder, page.workspace);
    let printed = "";
    for (const block of page.blocks) {
      if (block.file !== undefined) {
        await mkdir(dirname(join(folder, block.file)), { recursive: true });
        await writeFile(join(folder, block.file), block.text);
      } else if (block.output) {
        if (!matchesOutput(block.text, printed))
          return { line: block.line, what: "the output is not what the page shows", printed };
      } else if (isShell(block) && !block.noRun) {
        const result = await runBlock(block, base, folder);
        printed = result.printed;
        if (result.code !== block.exit) {
          return {
            line: block.line,
            what: `exited with ${result.code ?? "no code in time"}, expected ${block.exit}`,
            printed,
          };
        }
      }
    }
    return undefined;
  } finally {
    await rm(base, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prepare(base: string, folder: string, workspace: DocPage["workspace"]): Promise<void> {
  await mkdir(join(base, "bin"), { recursive: true });
  await mkdir(folder);
  await writeFile(join(base, "bin", "mesh"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(join(base, "bin", "mesh"), 0o755);
  if (workspace === "empty") return;
  for (const name of MESH_FILES) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
}

function runBlock(block: DocBlock, base: string, folder: string): Promise<{ code: number | null; printed: string }> {
  // A `console` block shows prompts and output; the commands are the lines with a prompt.
  const script =
    block.language === "console"
      ? [...block.text.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command).join("\n")
      : block.text;
  // A reader types all blocks into one shell: folder and exported variables go on from block to block.
  const memory = join(base, "shell");
  const begin = `if [ -f "${memory}" ]; then . "${memory}"; fi`;
  const end = `trap 'code=$?; { export -p; printf "cd %q\\n" "$PWD"; } > "${memory}"; exit $code' EXIT`;
  const child = spawn("bash", ["-euo", "pipefail", "-c", [begin, end, script].join("\n")], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(base, "bin")}:${process.env.PATH}`, NO_COLOR: "1", CI: "1", HOME: base },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what the block started ends with it.
    detached: true,
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  return new Promise((resolve, reject) => {
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // All of the group have ended.
      }
    };
    const timer = setTimeout(endGroup, BLOCK_TIMEOUT_MS);
    child.once("error", reject);
    // What the block left in the background holds the output open.
    child.once("exit", endGroup);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, printed });
    });
  });
}

/** True when the shown lines are printed one after another; `...` stands for any lines, `<...>` for any text. */
export function matchesOutput(shown: string, printed: string): boolean {
  const lines = shown.trim().split("\n");
  const pattern = lines
    .map((line) =>
      line.trim() === "..." ? "(?:.*\n)*?" : `${line.trimEnd().split("<...>").map(escapeRegExp).join(".*?")}[ \t]*\n`,
    )
    .join("");
  return new RegExp(`(?:^|\n)${pattern}`).test(`${printed.trimEnd()}\n`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
