// Owns the files of deployments on this machine's disk, where models read them: written once, whole or not at all.
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { problems } from "../errors/index.ts";
import type { DeploymentFile, DeploymentRecord, StateStore } from "../state/index.ts";
import { createId, sha256Hex, writeFileAtomic } from "../util/index.ts";

type Placed = Pick<DeploymentRecord, "id" | "project">;

/** The folder in which the files of a deployment have the paths that its manifest gives them. `root`: the mesh's. */
export function rootOf(root: string, { project, id }: Placed): string {
  return join(homeOf(root), project, id);
}

function homeOf(root: string): string {
  return join(root, ".mesh", "deployments");
}

/**
 * Sees to it that the files of these deployments are below `rootOf` of each. What is there stays; any number of processes may do it at once.
 * Throws `deploy/file-lost`.
 */
export async function materialiseFiles(
  root: string,
  deployments: Iterable<Pick<DeploymentRecord, "id" | "project" | "files">>,
  state: Pick<StateStore, "readDeploymentFile">,
): Promise<void> {
  for (const deployment of deployments) {
    const folder = rootOf(root, deployment);
    if (await exists(folder)) {
      // Somebody may have tidied up.
      for (const file of deployment.files)
        if (!(await isWhole(join(folder, file.path), file)))
          await writeFileAtomic(join(folder, file.path), await contentOf(deployment, file, state));
    } else await writeFolder(folder, deployment, state);
  }
}

async function writeFolder(
  folder: string,
  deployment: Pick<DeploymentRecord, "id" | "project" | "files">,
  state: Pick<StateStore, "readDeploymentFile">,
): Promise<void> {
  const aside = `${folder}.${createId()}.tmp`;
  try {
    await mkdir(aside, { recursive: true });
    for (const file of deployment.files) {
      const path = join(aside, file.path);
      await mkdir(dirname(path), { recursive: true });
      const handle = await open(path, "wx");
      try {
        await handle.writeFile(await contentOf(deployment, file, state));
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another process was faster: its folder has the same content.
    const code = (error as NodeJS.ErrnoException).code;
    if ((code === "ENOTEMPTY" || code === "EEXIST") && (await exists(folder))) return;
    throw error;
  }
}

async function contentOf(
  { id, project }: Placed,
  { path, hash }: DeploymentFile,
  state: Pick<StateStore, "readDeploymentFile">,
): Promise<Uint8Array> {
  const content = await state.readDeploymentFile(hash);
  if (content === undefined || sha256Hex(content) !== hash)
    throw problems.deployedFileLost({ project, deployment: id, file: path, there: content !== undefined });
  return content;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isWhole(path: string, { bytes }: DeploymentFile): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size === bytes,
    () => false,
  );
}

/** How long a folder that is being written or removed may take before it is taken for what a killed process left. */
const ABANDONED_MS = 60 * 60_000;

/**
 * Removes from this machine the files of deployments that the state store had and has no more, which no run goes by. Any other stays: of
 * another state store, or recorded after the folders were listed. Returns how many folders went.
 */
export async function removeMaterialised(root: string, state: Pick<StateStore, "removedDeployments">): Promise<number> {
  const projects = await namesIn(homeOf(root));
  const found = await Promise.all(
    projects.map(async (project) => (await namesIn(join(homeOf(root), project))).map((name) => ({ project, name }))),
  );
  const copies = found.flat();
  const ids = copies.flatMap(({ name }) => (isAside(name) ? [] : [name]));
  const gone = new Set(ids.length > 0 ? await state.removedDeployments(ids) : []);
  let removed = 0;
  for (const { project, name } of copies) {
    const folder = join(homeOf(root), project, name);
    if (isAside(name) ? await isAbandoned(folder) : gone.has(name)) removed += await removeWhole(folder);
  }
  return removed;
}

/** Never half of a folder, also when killed. 0 when somebody else was faster. */
async function removeWhole(folder: string): Promise<0 | 1> {
  const aside = isAside(folder) ? folder : `${folder}.${createId()}.tmp`;
  try {
    if (aside !== folder) await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
  return 1;
}

function isAside(name: string): boolean {
  return name.endsWith(".tmp");
}

async function isAbandoned(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
