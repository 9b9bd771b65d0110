// Owns the marker that says whose warehouse a folder is, and making the folders.
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { problems } from "../../errors/index.ts";
import { createId, stableJson } from "../../util/index.ts";
import type { Layout } from "./layout.ts";

const SCHEMA_VERSION = 1;

/** Safe to call from many processes at once: the first one's state store is the owner. */
export async function prepareWarehouse(layout: Layout, stateId: string): Promise<void> {
  for (const folder of [layout.builds, layout.serving, layout.temporary]) await mkdir(folder, { recursive: true });
  const marker = (await readMarker(layout)) ?? (await claim(layout, stateId));
  const { schemaVersion, stateId: owner } = marker;
  if (schemaVersion !== SCHEMA_VERSION || typeof owner !== "string") {
    throw problems.warehouseTooNew({ path: layout.root, found: schemaVersion, known: SCHEMA_VERSION });
  }
  if (owner !== stateId) throw problems.warehouseOfAnotherMesh({ path: layout.root, owner, stateId });
  await removeSpillOfDeadProcesses(layout.temporary);
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

/** DuckDB clears up after itself unless its process was killed. */
async function removeSpillOfDeadProcesses(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const match = /^(.+)-(\d+)-[0-9a-z]{26}$/.exec(name);
    if (match?.[1] !== hostname() || Number(match[2]) === process.pid || isAlive(Number(match[2]))) continue;
    await rm(join(temporary, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
