// Owns making small manifests and schedules by hand, for tests without a compiler.

import type {
  DataTest,
  Manifest,
  Model,
  ModelConfig,
  ModelKind,
  Schedule,
  Source,
  Store,
} from "../../core/manifest/index.ts";
import { READING, SOURCE_POLICY } from "./policies.ts";

export interface ModelSketch {
  readonly reads?: readonly string[];
  readonly kind?: ModelKind;
  readonly config?: ModelConfig;
  readonly fingerprint?: string;
  readonly source?: string;
  /** Other models its test reads; present means it has a test. */
  readonly testReads?: readonly string[];
}

/** As the compiler settles a schedule that says nothing but when: by the hour unless told. */
export const newSchedule = (some: Partial<Schedule> = {}): Schedule => ({
  on: "cron",
  cron: "0 * * * *",
  timezone: "UTC",
  catchUp: { mode: "latest" },
  overlap: "buffer_one",
  upstream: [],
  settleMs: 0,
  minIntervalMs: 0,
  afterMaxWait: "run",
  ...some,
});

/** A manifest of models given as `project.model` -> sketch, in any order. */
export function sketchManifest(sketch: Readonly<Record<string, ModelSketch>>): Manifest {
  const models: Record<string, Model> = {};
  const tests: Record<string, DataTest> = {};
  const sources: Record<string, Source> = {};
  const stores: Record<string, Store> = {};
  for (const [id, { reads = [], kind = "sql", config = {}, fingerprint = "f1", source, testReads }] of Object.entries(
    sketch,
  )) {
    const [project = "", name = ""] = id.split(".");
    const location = { file: `projects/${project}/models/${name}.sql` };
    models[id] = {
      id,
      project,
      name,
      kind,
      materialized: kind === "snapshot" ? "snapshot" : "table",
      relation: { schema: project, name },
      location,
      owner: { team: project },
      access: "public",
      tags: [],
      meta: {},
      contract: { enforced: false },
      columns: [],
      columnsKnown: false,
      dependsOn: { models: [...reads].sort(), sources: source === undefined ? [] : [source] },
      config,
      fingerprint,
      ...(source !== undefined && { source }),
    };
    if (source !== undefined) {
      const [owner = "", store = "", table = ""] = source.split(".");
      sources[source] = {
        id: source,
        project: owner,
        store,
        name: table,
        identifier: table,
        ...SOURCE_POLICY,
        columns: [],
        location,
      };
      stores[`${owner}.${store}`] = {
        id: `${owner}.${store}`,
        project: owner,
        name: store,
        client: "pg",
        connection: "",
        reading: { ...READING, concurrency: 2 },
        location,
      };
    }
    if (testReads) {
      const test = `${project}.check_${name}`;
      tests[test] = {
        id: test,
        project,
        name: `check_${name}`,
        type: "singular",
        model: id,
        dependsOn: [id, ...testReads].sort(),
        sql: { text: "select 1 where false", slots: [], map: [], file: location.file },
        severity: "error",
        warnIf: "!= 0",
        errorIf: "!= 0",
        failCalc: "count(*)",
        storeFailures: false,
        location,
      };
    }
  }
  return {
    schemaVersion: 1,
    mesh: "test",
    target: "dev",
    projects: {},
    stores,
    sources,
    models,
    tests,
    reports: {},
    diagnostics: [],
  };
}
