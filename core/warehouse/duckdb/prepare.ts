// Owns the marker that says whose warehouse a folder is, and making the folders.
import { link, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { problems } from "../../errors/index.ts";
import { createId, stableJson } from "../../util/index.ts";
import type { Layout } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";
import { ownerState } from "./process-name.ts";

const SCHEMA_VERSION = 1;

/** Safe to call from many processes at once: the first one's state store is the owner. */
export async function prepareWarehouse(layout: Layout, stateId: string): Promise<void> {
  for (const folder of [layout.builds, layout.serving, layout.temporary]) await makeFolder(folder);
  const marker = (await readMarker(layout)) ?? (await claim(layout, stateId));
  const { schemaVersion, stateId: owner } = marker;
  if (schemaVersion !== SCHEMA_VERSION || typeof owner !== "string") {
    throw problems.warehouseTooNew({ path: layout.root, found: schemaVersion, known: SCHEMA_VERSION });
  }
  if (owner !== stateId) throw problems.warehouseOfAnotherMesh({ path: layout.root, owner, stateId });
  await removeLeftoversOfDeadProcesses(layout);
}

type Marker = { readonly schemaVersion?: unknown; readonly stateId?: unknown };

async function readMarker(layout: Layout): Promise<Marker | undefined> {
  const text = await readFile(layout.marker, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** A hard link fails when the name is taken, and the name never shows a half-written file. */
async function claim(layout: Layout, stateId: string): Promise<Marker> {
  const own = `${layout.marker}.${createId()}.tmp`;
  const handle = await open(own, "wx");
  try {
    await handle.writeFile(stableJson({ schemaVersion: SCHEMA_VERSION, stateId }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(own, layout.marker);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(own, { force: true });
  }
  return (await readMarker(layout)) ?? {};
}

/** A process freshens its folders each minute. After this long without a change, one of a process that cannot be seen from here is a leftover. */
const STALE_MS = 60 * 60_000;

/** DuckDB clears up after itself and a publish after its failure, unless their process was killed. */
async function removeLeftoversOfDeadProcesses({ temporary, serving }: Layout): Promise<void> {
  for (const folder of [temporary, serving]) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const owner = ownerState(name.replace(/\.tmp(\.wal)?$/, ""));
      try {
        if (owner === "dead" || (owner === "unknown" && (await isStale(path))))
          await rm(path, { recursive: true, force: true });
      } catch (error) {
        // Removed by somebody else, or of another user, whose processes will remove it: it hinders nobody.
        if (!["ENOENT", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    }
  }
}

async function isStale(path: string): Promise<boolean> {
  return Date.now() - (await stat(path)).mtimeMs > STALE_MS;
}
