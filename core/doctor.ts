// Owns `mesh doctor`: every part looked at for real, each finding with its fix. Repairs nothing.
import type { Config } from "./config/index.ts";
import { MeshError } from "./errors/index.ts";
import { examineScheduling, gatherScheduling } from "./examine-scheduling.ts";
import type { Manifest, StoreClient } from "./manifest/index.ts";
import type { CheckResult } from "./mesh-types.ts";
import { missingKey } from "./missing-key.ts";
import type { Keyring } from "./protect/index.ts";
import type { StoreConnection } from "./source/index.ts";
import type { StateStore } from "./state/index.ts";
import type { Warehouse } from "./warehouse/index.ts";

export interface DoctorRequest {
  readonly config: Config;
  readonly compile: () => Promise<{ readonly manifest: Manifest }>;
  readonly state: () => Promise<StateStore>;
  readonly warehouse: () => Promise<Warehouse>;
  readonly keyring: () => Promise<Keyring>;
  readonly connect: (manifest: Manifest, store: string) => Promise<StoreConnection>;
  readonly others?: () => Promise<readonly CheckResult[]>;
}

const GRANTS = "Check the names and the SELECT grants of this account";
/** What to look at when declared tables cannot be read. */
const HELP: Readonly<Record<StoreClient, string>> = {
  pg: GRANTS,
  mysql: GRANTS,
  sqlite: "Check the names of the tables",
  files: "Check the identifiers of the tables: no file below the folder is named by them",
  http: "Declare the tables under `tables` of the store's connection",
};

export async function diagnose(request: DoctorRequest): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [
    checkNode(),
    { ok: true, what: `configuration ${request.config.name}, target ${request.config.target.name}` },
  ];
  let manifest: Manifest | undefined;
  results.push(
    ...(await examine("projects compile", async () => {
      manifest = (await request.compile()).manifest;
      const errors = manifest.diagnostics.filter((diagnostic) => diagnostic.level === "error").length;
      const what = `${Object.keys(manifest.projects).length} projects, ${Object.keys(manifest.models).length} models`;
      return errors === 0
        ? [{ ok: true, what }]
        : [
            {
              ok: false,
              what: `${what}, ${errors === 1 ? "1 error" : `${errors} errors`}`,
              help: "mesh compile shows each with its place",
            },
          ];
    })),
    ...(await checkKeys(manifest, request)),
    ...(await examine("state store", async () => examineState(await request.state()))),
    ...(await examine("warehouse", async () => (await request.warehouse()).check())),
    ...(await examine("schedules and processes", async () =>
      examineScheduling(await gatherScheduling(await request.state(), request.config)),
    )),
    ...(request.others ? await examine("Redis", request.others) : []),
    ...(await examine("crashed runs", async () => {
      const running = await (await request.state()).listRuns({ status: "running" });
      return [
        {
          ok: true,
          what:
            running.length === 0
              ? "no run is open"
              : `${running.length} runs are open; mesh clean settles those whose process is gone`,
        },
      ];
    })),
  );
  for (const store of Object.values(manifest?.stores ?? {})) {
    const tables = Object.values(manifest?.sources ?? {}).filter(
      (source) => `${source.project}.${source.store}` === store.id,
    );
    results.push(
      ...(await examine(`store ${store.id}`, async () => {
        const connection = await request.connect(manifest as Manifest, store.id);
        try {
          const session = await connection.openConsistentSession();
          try {
            const unreadable: string[] = [];
            for (const table of tables) if (!(await session.columns(table))) unreadable.push(table.id);
            return unreadable.length === 0
              ? [{ ok: true, what: `store ${store.id} (${store.client}), ${tables.length} declared tables` }]
              : [
                  {
                    ok: false,
                    what: `store ${store.id}: cannot read ${unreadable.join(", ")}`,
                    help: HELP[store.client],
                  },
                ];
          } finally {
            await session.close();
          }
        } finally {
          await connection.close();
        }
      })),
    );
  }
  return results;
}

/** That it answers, its clock, and whether it keeps what it is given. */
export async function examineState(state: StateStore): Promise<readonly CheckResult[]> {
  const drift = Math.abs((await state.now()).getTime() - Date.now());
  const clock = `clock of the state store is ${drift} ms from this machine's`;
  return [
    { ok: true, what: `state store (${state.kind}) is up to date` },
    drift < 1_000 ? { ok: true, what: clock } : { ok: false, what: clock, help: "Synchronise the clocks (NTP)" },
    ...(await state.lossySettings()).map(({ name, loses, fix }) => ({
      ok: false,
      what: `${name} of the state store is off: ${loses}`,
      help: fix,
    })),
  ];
}

/** Nothing is said of keys where neither the configuration nor a column asks for one. */
async function checkKeys(
  manifest: Manifest | undefined,
  { config, keyring }: DoctorRequest,
): Promise<readonly CheckResult[]> {
  const [current, ...known] = config.protectionKeys.map(({ id }) => id);
  return examine("protection keys", async () => {
    const missing = manifest && (await missingKey(manifest, keyring));
    if (missing) throw missing;
    if (current === undefined) return [];
    await keyring();
    return [
      { ok: true, what: `protection key ${current}${known.length > 0 ? `; known too: ${known.join(", ")}` : ""}` },
    ];
  });
}

function checkNode(): CheckResult {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return ok
    ? { ok, what: `Node.js ${process.versions.node}` }
    : { ok, what: `Node.js ${process.versions.node}`, help: "mesh needs Node.js 20.19 or newer" };
}

async function examine(what: string, look: () => Promise<readonly CheckResult[]>): Promise<readonly CheckResult[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof MeshError) return [{ ok: false, what: `${what}: ${error.message}`, help: error.help }];
    return [
      {
        ok: false,
        what: `${what}: ${error instanceof Error ? error.message : String(error)}`,
        help: "MESH_DEBUG=1 mesh doctor shows more",
      },
    ];
  }
}
