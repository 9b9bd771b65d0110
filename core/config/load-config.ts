// Owns finding mesh.config.ts, checking it and normalising it to Config. Inside, only Config is known.
import { access, realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { problems } from "../errors/index.ts";
import { closest, deepFreeze, parseDurationMs } from "../util/index.ts";
import { defineMesh, type MeshConfig, type TargetOptions } from "./define-mesh.ts";
import { type Environment, loadEnvironment } from "./environment.ts";
import { loadTypescriptFile } from "./load-typescript-file.ts";
import type { AlertsConfig, Config, StateConfig } from "./types.ts";

const FILE = "mesh.config.ts";

export interface LoadConfigOptions {
  /** `--target`; else MESH_TARGET, else the config's `defaultTarget`. */
  readonly target?: string;
  /** `--vars`. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Process environment by default. */
  readonly env?: Environment;
}

/** The folder of the nearest mesh.config.ts, at `cwd` or above. Throws `config/not-found`. */
async function findRoot(cwd: string): Promise<string> {
  const start = await realpath(resolve(cwd)).catch(() => resolve(cwd));
  for (let folder = start; ; folder = dirname(folder)) {
    const found = await access(join(folder, FILE)).then(
      () => true,
      () => false,
    );
    if (found) return folder;
    if (folder === dirname(folder)) throw problems.configNotFound({ cwd: start });
  }
}

function placesOfEnvironment(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === "string") {
    const match = /\$\{[A-Za-z_][^}]*\}/.exec(value);
    return match && path.at(-1) !== "connection" && path.join(".") !== "scheduler.redis" && !isAlertPlace(path)
      ? [`${path.join(".")}: ${match[0]} is substituted in a connection only; use process.env here.`]
      : [];
  }
  if (typeof value !== "object" || value === null || path[0] === "vars") return [];
  return Object.entries(value).flatMap(([key, item]) => placesOfEnvironment(item, [...path, key]));
}

function isAlertPlace(path: readonly string[]): boolean {
  return path[0] === "alerts" && path[1] === "channels" && (path[3] === "url" || path[3] === "smtp");
}

async function checkConfig(written: object): Promise<MeshConfig> {
  const [{ configSchema }, { schemaProblems, sayProblem }] = await Promise.all([
    import("./config-schema.ts"),
    import("./schema-problems.ts"),
  ]);
  const found = [
    ...schemaProblems(configSchema, written).map((problem) => sayProblem(problem, written)),
    ...placesOfEnvironment(written),
  ];
  if (found.length > 0) throw problems.configInvalid({ problems: found }, { location: { file: FILE } });
  return written as MeshConfig;
}

function chooseTarget(
  config: MeshConfig,
  asked: string | undefined,
  env: Environment,
): { readonly name: string; readonly options: TargetOptions } {
  const [name, from] =
    asked !== undefined
      ? [asked, "--target"]
      : env.MESH_TARGET
        ? [env.MESH_TARGET, "MESH_TARGET"]
        : [config.defaultTarget, "defaultTarget"];
  const options = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  const known = Object.keys(config.targets);
  if (!options)
    throw problems.targetUnknown(
      { target: name, from, known, near: closest(name, known) },
      { location: { file: FILE } },
    );
  return { name, options };
}

function normaliseAlerts(written: MeshConfig["alerts"]): AlertsConfig {
  const channels = Object.entries(written?.channels ?? {}).map(([name, { timeout, ...channel }]) => {
    const timeoutMs = parseDurationMs(timeout ?? (channel.kind === "command" ? "30s" : "10s")) ?? 0;
    return [name, { ...channel, timeoutMs }] as const;
  });
  return structuredClone({
    channels: Object.fromEntries(channels),
    owners: written?.owners ?? {},
    routes: written?.routes ?? {},
    default: written?.default ?? [],
  });
}

function normaliseState(state: TargetOptions["state"], root: string): StateConfig {
  if (state.kind === "sqlite") return { kind: "sqlite", path: resolve(root, state.path) };
  return { kind: "postgres", connection: state.connection, schema: state.schema ?? "mesh" };
}

/**
 * Finds, runs, checks and normalises mesh.config.ts. Throws `config/…` errors; `config/invalid` lists every problem at once.
 * The .env file beside it counts for MESH_TARGET. Connections stay unresolved: see `resolveConnection`.
 */
export async function loadConfig(cwd: string, options: LoadConfigOptions = {}): Promise<Config> {
  const root = await findRoot(cwd);
  const env = await loadEnvironment(root, options.env ?? process.env);
  const loaded = await loadTypescriptFile(root, join(root, FILE), { "mesh-elt": { defineMesh } });
  if (!loaded.ok)
    throw problems.configFailedToLoad({ reason: loaded.failure.reason }, { location: loaded.failure.location });
  const written = loaded.exports.default;
  if (typeof written !== "object" || written === null)
    throw problems.configWithoutDefault({}, { location: { file: FILE } });
  const config = await checkConfig(written);
  const target = chooseTarget(config, options.target, env);
  const { warehouse, state } = target.options;
  const commandVars = options.vars ?? {};
  return deepFreeze<Config>({
    name: config.name,
    root,
    projects: typeof config.projects === "string" ? [config.projects] : [...(config.projects ?? ["projects/*"])],
    macros: config.macros ?? "macros",
    target: {
      name: target.name,
      warehouse: {
        kind: "duckdb",
        path: resolve(root, warehouse.path),
        ...(warehouse.memoryLimit !== undefined && { memoryLimit: warehouse.memoryLimit }),
      },
      state: normaliseState(state, root),
    },
    targetNames: Object.keys(config.targets).sort(),
    threads: config.threads ?? Math.max(2, availableParallelism()),
    vars: structuredClone({ ...config.vars, ...commandVars }),
    commandVars: structuredClone(commandVars),
    retention: {
      builds: config.retention?.builds ?? 5,
      minAgeMs: parseDurationMs(config.retention?.minAge ?? "24h") ?? 0,
    },
    protectionKeys: structuredClone([config.protect?.keys ?? []].flat()),
    alerts: normaliseAlerts(config.alerts),
    calendars: structuredClone(config.calendars ?? {}),
    scheduler: {
      ...(config.scheduler?.redis !== undefined && { redis: config.scheduler.redis }),
      leaseMs: parseDurationMs(config.scheduler?.lease ?? "30s") ?? 0,
      pools: { ...config.scheduler?.pools },
    },
  });
}
