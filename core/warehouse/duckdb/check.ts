// Owns the facts of the warehouse that `mesh doctor` shows.
import { access, constants, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version } from "@duckdb/node-api";
import { createId } from "../../util/index.ts";
import type { Warehouse } from "../types.ts";
import type { Engine } from "./engine.ts";
import type { Layout } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";
import { withNamedPipe } from "./named-pipe.ts";

const GIB = 1024 ** 3;
const LOW_BYTES = 1 * GIB;

type Fact = Awaited<ReturnType<Warehouse["check"]>>[number];

export async function checkWarehouse(layout: Layout, engine: Engine): Promise<readonly Fact[]> {
  return [await checkWritable(layout), await checkSpace(layout), await checkEngine(engine), await checkPipe()];
}

async function checkWritable({ root }: Layout): Promise<Fact> {
  const probe = join(root, `.write-probe-${createId()}`);
  try {
    await makeFolder(root);
    await writeFile(probe, "");
    await rm(probe);
    return { ok: true, what: `warehouse folder ${root} is writable` };
  } catch (error) {
    const exists = await access(root, constants.F_OK).then(
      () => true,
      () => false,
    );
    return {
      ok: false,
      what: `warehouse folder ${root} ${exists ? "is not writable" : "cannot be made"} (${(error as NodeJS.ErrnoException).code})`,
      help: "Give this user write permission on it, or set another warehouse `path` in mesh.config.ts.",
    };
  }
}

async function checkSpace({ root }: Layout): Promise<Fact> {
  try {
    const { bavail, bsize } = await statfs(root);
    const free = bavail * bsize;
    const what = `${(free / GIB).toFixed(1)} GiB free on the warehouse's disk`;
    return free >= LOW_BYTES
      ? { ok: true, what }
      : { ok: false, what, help: "Free space, or run `mesh clean` to remove builds past retention." };
  } catch (error) {
    return {
      ok: false,
      what: `free space is unknown (${(error as NodeJS.ErrnoException).code})`,
      help: "Check the warehouse `path`.",
    };
  }
}

async function checkEngine(engine: Engine): Promise<Fact> {
  try {
    (await engine.connect()).close();
    return { ok: true, what: `DuckDB ${version()}, memory limit ${engine.memoryLimit()}` };
  } catch (error) {
    return {
      ok: false,
      what: `DuckDB does not start: ${error instanceof Error ? error.message : String(error)}`,
      help: "Check `memoryLimit` of the warehouse in mesh.config.ts and that the packages are installed for this platform.",
    };
  }
}

async function checkPipe(): Promise<Fact> {
  return withNamedPipe(async () => ({ ok: true, what: "named pipes can be made" })).catch(
    (error: Error & { help?: string }) => ({
      ok: false,
      what: error.message,
      help: error.help ?? "Install `mkfifo` (GNU coreutils).",
    }),
  );
}
