// Owns the process's one in-memory DuckDB: made when first needed, without extensions from outside. Knows no builds.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBResult,
} from "@duckdb/node-api";
import { createProcessName, keepFresh } from "./process-name.ts";

export interface EngineSettings {
  /** Folder in which each process spills into a folder of its own. */
  readonly temporary: string;
  /** Such as `2GB`; DuckDB's own default when absent. */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
}

/** Statements run one after another. What they throw is DuckDB's own error; see `to-problem.ts`. */
export interface EngineConnection {
  run(sql: string): Promise<DuckDBMaterializedResult>;
  stream(sql: string): Promise<DuckDBResult>;
  /** Interrupts what runs now, again and again until `work` has settled: an interrupt between two moments is lost. */
  interruptUntil(work: Promise<unknown>): Promise<void>;
  close(): void;
}

export interface Engine {
  /** The limit in force, for messages. */
  memoryLimit(): string;
  /** When the signal aborts, the running statement is interrupted and later ones are refused. */
  connect(signal?: AbortSignal): Promise<EngineConnection>;
  close(): Promise<void>;
}

const INTERRUPT_EVERY_MS = 5;

export function createEngine(settings: EngineSettings): Engine {
  const spill = join(settings.temporary, createProcessName());
  let limit = settings.memoryLimit ?? "DuckDB's default";
  let starting: Promise<DuckDBInstance> | undefined;
  let stopFreshening: () => void = () => undefined;

  const start = async (): Promise<DuckDBInstance> => {
    const instance = await DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      errors_as_json: "true",
      temp_directory: spill,
      ...(settings.memoryLimit !== undefined && { memory_limit: settings.memoryLimit }),
      ...(settings.threads !== undefined && { threads: String(settings.threads) }),
    });
    const connection = await instance.connect();
    // Builds never change, so what was read of a file's footer stays true.
    await connection.run("set global TimeZone = 'UTC'; set global parquet_metadata_cache = true");
    const result = await connection.run("select current_setting('memory_limit')");
    limit = String((await result.getRows())[0]?.[0]);
    connection.closeSync();
    return instance;
  };

  return {
    memoryLimit: () => limit,
    async connect(signal) {
      if (starting === undefined) {
        stopFreshening();
        stopFreshening = keepFresh(spill);
        starting = start();
      }
      const instance = await starting.catch((error) => {
        starting = undefined;
        throw error;
      });
      return wrap(await instance.connect(), signal);
    },
    async close() {
      const instance = await starting?.catch(() => undefined);
      starting = undefined;
      instance?.closeSync();
      stopFreshening();
      await rm(spill, { recursive: true, force: true });
    },
  };
}

function wrap(connection: DuckDBConnection, signal: AbortSignal | undefined): EngineConnection {
  const interruptUntil = async (work: Promise<unknown>) => {
    connection.interrupt();
    const timer = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    await work.catch(() => undefined);
    clearInterval(timer);
  };
  const interruptible = async <T>(begin: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    const work = begin();
    const onAbort = () => void interruptUntil(work);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await work;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  };
  return {
    run: (sql) => interruptible(() => connection.run(sql)),
    stream: (sql) => interruptible(() => connection.stream(sql)),
    interruptUntil,
    close: () => connection.closeSync(),
  };
}
