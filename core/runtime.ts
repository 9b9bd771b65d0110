// Owns what a process has open of a mesh: configuration, environment, state store, warehouse, stores, keys. Opens each when it is
// first needed. Compiles nothing and decides nothing: the live `Mesh` and the processes of the scheduler stand on it.
import { totalmem } from "node:os";
import type { Config } from "./config/index.ts";
import { MeshError, placed, problems } from "./errors/index.ts";
import type { Manifest } from "./manifest/index.ts";
import type { MeshOptions } from "./mesh-types.ts";
import * as pipeline from "./pipeline.ts";
import type { Keyring } from "./protect/index.ts";
import type { StoreConnection } from "./source/index.ts";
import type { StateStore } from "./state/index.ts";
import { Redactor } from "./util/index.ts";
import type { Warehouse } from "./warehouse/index.ts";

export interface Runtime {
  readonly config: Config;
  /** The process's own variables, completed by the .env file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  state(): Promise<StateStore>;
  warehouse(): Promise<Warehouse>;
  keyring(): Promise<Keyring>;
  /** Opens a store of the manifest; `given` instead of its declared connection. */
  connect(manifest: Manifest, store: string, given?: string): Promise<StoreConnection>;
  /** Hides the secrets of all stores of the manifest, opened or not: user code may print what it finds in its environment. */
  hideStores(manifest: Manifest): void;
  /** Text of which no secret may be shown from now on. */
  hide(secret: string): void;
  /** The text without any secret resolved so far. */
  redact(text: string): string;
  close(): Promise<void>;
}

export interface RuntimeOptions extends MeshOptions {
  /** Told of everything that is hidden, for somebody else to hide it too. */
  readonly onSecret?: (secret: string) => void;
  /** DuckDB takes so much of what it would take of the machine's memory, unless mesh.config.ts says how much. Default: 1. */
  readonly memoryShare?: number;
}

/** Loads the configuration. Throws MeshError when there is none or it is wrong. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { env: given = process.env, cwd, target, vars } = options;
  const config = await pipeline.configure(cwd, {
    ...(target !== undefined && { target }),
    ...(vars && { vars }),
    env: given,
  });
  const { loadEnvironment, resolveConnection } = await import("./config/index.ts");
  const env = await loadEnvironment(config.root, given);
  const redactor = new Redactor();
  const hide = (secret: string) => {
    redactor.add(secret);
    options.onSecret?.(secret);
  };
  const state = once(() => openState(config, env, hide));
  const warehouse = once(async () => openWarehouse(config, await state(), options.memoryShare ?? 1));
  const keyring = once(async () => {
    const { openKeyring } = await import("./protect/index.ts");
    return openKeyring(config.protectionKeys, { root: config.root, env, secret: hide });
  });

  return {
    config,
    env,
    state,
    warehouse,
    keyring,
    async connect(manifest, id, instead) {
      const store = manifest.stores[id];
      if (!store) throw problems.unexpected({ what: `connecting to ${id}`, reason: "the manifest has no such store" });
      const { value, secrets } = resolveConnection(instead ?? store.replica ?? store.connection, env, {
        what: `store ${id}`,
        location: store.location,
      });
      for (const secret of secrets) hide(secret);
      const { absoluteConnection, openStore } = await import("./source/index.ts");
      // A declared file's path is relative to the mesh, wherever the command was started; one given with the command to where that is.
      const folder = instead === undefined ? config.root : process.cwd();
      const connection = absoluteConnection({ client: store.client, connection: value }, folder);
      const settings = { id, client: store.client, connection, reading: store.reading };
      // A store that cannot be opened is told with the place that declares it, unless the command named another.
      const told = (error: unknown) => {
        throw error instanceof MeshError && instead === undefined ? placed(error, store.location) : error;
      };
      const opened = await openStore(settings).catch(told);
      return {
        openConsistentSession: (signal) => opened.openConsistentSession(signal).catch(told),
        close: () => opened.close(),
      };
    },
    hide,
    hideStores(manifest) {
      for (const { connection, replica, location } of Object.values(manifest.stores))
        for (const given of [connection, replica]) {
          if (given === undefined) continue;
          try {
            for (const secret of resolveConnection(given, env, { what: "a store", location }).secrets) hide(secret);
          } catch {
            // A variable that is missing is told when the store is opened; what is not there cannot be shown.
          }
        }
    },
    redact: (text) => redactor.redact(text),
    async close() {
      if (warehouse.started()) await (await warehouse()).close();
      if (state.started()) await (await state()).close();
    },
  };
}

async function openState(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  hide: (secret: string) => void,
): Promise<StateStore> {
  const { openState: open } = await import("./state/index.ts");
  const chosen = config.target.state;
  let settings = chosen;
  if (chosen.kind === "postgres") {
    const { resolveConnection } = await import("./config/index.ts");
    const { value, secrets } = resolveConnection(chosen.connection, env, {
      what: "the state store",
      location: { file: "mesh.config.ts" },
    });
    for (const secret of secrets) hide(secret);
    settings = { ...chosen, connection: String(value) };
  }
  const store = await open(settings, { silentMs: silentMsOf(config) });
  await store.migrate();
  return store;
}

/** Who waits for longer than a lease waits for nothing that it still holds; but a moment is no silence. */
function silentMsOf({ scheduler }: Config): number {
  return Math.min(60_000, Math.max(5_000, scheduler.leaseMs));
}

async function openWarehouse(config: Config, state: StateStore, memoryShare: number): Promise<Warehouse> {
  const { createDuckdbWarehouse } = await import("./warehouse/duckdb/index.ts");
  const { path, memoryLimit = memoryShare < 1 ? shareOfMemory(memoryShare) : undefined } = config.target.warehouse;
  const warehouse = createDuckdbWarehouse({ path, ...(memoryLimit !== undefined && { memoryLimit }) });
  await warehouse.prepare(await state.id());
  return warehouse;
}

/** DuckDB's own limit is 80 % of the memory there is, for each process anew. */
function shareOfMemory(share: number): string {
  const allowed = process.constrainedMemory();
  const bytes = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return `${Math.max(256, Math.floor((0.8 * share * bytes) / 1e6))}MB`;
}

/** Makes something at the first call and remembers it; a failure is not remembered. */
export function once<T>(make: () => Promise<T>): (() => Promise<T>) & { started(): boolean } {
  let made: Promise<T> | undefined;
  const get = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, { started: () => made !== undefined });
}
