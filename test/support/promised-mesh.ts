// Owns a mesh of three domains that promise something, and publishing builds of it at any instant, without any warehouse.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlertsConfig } from "../../core/config/index.ts";
import type { Manifest, ServiceLevel } from "../../core/manifest/index.ts";
import { openState, type StateStore } from "../../core/state/index.ts";
import { createId } from "../../core/util/index.ts";
import { newSchedule, sketchManifest } from "./manifest.ts";
import { someData } from "./state-builds.ts";

const Libsql = createRequire(import.meta.url)("libsql") as new (
  path: string,
) => { exec(sql: string): void; close(): void };

const schedule = (cron: string) => newSchedule({ cron, timezone: "Europe/Madrid", overlap: "skip" });

/** shop.raw (a snapshot of shop.db.orders) -> shop.clean -> sales.daily -> board.totals; all of schedule `nightly`, at 02:30. */
export function promisedMesh(slas: Readonly<Record<string, ServiceLevel>>): Manifest {
  const manifest = sketchManifest({
    "shop.raw": { kind: "snapshot", source: "shop.db.orders" },
    "shop.clean": { reads: ["shop.raw"] },
    "sales.daily": { reads: ["shop.clean"] },
    "board.totals": { reads: ["sales.daily"] },
  });
  const owner = (team: string) => ({ team, email: `${team}@example.com`, slack: `#${team}` });
  return {
    ...manifest,
    projects: Object.fromEntries(
      ["shop", "sales", "board"].map((name) => [
        name,
        { name, path: name, owner: owner(name), schedules: { nightly: schedule("30 2 * * *") } },
      ]),
    ),
    models: Object.fromEntries(
      Object.values(manifest.models).map((model) => {
        const sla = slas[model.id];
        return [model.id, { ...model, schedule: "nightly", owner: owner(model.project), ...(sla && { sla }) }];
      }),
    ),
  };
}

export const TO_OWNERS: AlertsConfig = {
  channels: {
    chat: { kind: "webhook", url: "http://127.0.0.1:9/hook", timeoutMs: 1_000 },
    mail: { kind: "email", smtp: "smtp://127.0.0.1:9", from: "mesh@example.com", timeoutMs: 1_000 },
  },
  owners: { slack: "chat", email: "mail" },
  routes: {},
  default: [],
};

export interface PromisedState {
  readonly state: StateStore;
  readonly path: string;
  /** SQL beside the store. Table names as they are. */
  sql(statement: string): void;
  /** Publishes a build made of what is published of its inputs; as of an instant, at an instant. */
  publish(model: string, asOf: Date, at?: Date): Promise<void>;
  remove(): Promise<void>;
}

export async function openPromisedState(manifest: Manifest): Promise<PromisedState> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-levels-"));
  const path = join(folder, "state.db");
  const state = await openState({ kind: "sqlite", path });
  await state.migrate();
  const sql = (statement: string) => {
    const database = new Libsql(path);
    database.exec(statement);
    database.close();
  };
  return {
    state,
    path,
    sql,
    async publish(model, asOf, at) {
      const published = await state.published();
      const shown = await state.getBuilds([...published.values()].map(({ buildId }) => buildId));
      const inputs = Object.fromEntries(
        (manifest.models[model]?.dependsOn.models ?? []).flatMap((input) => {
          const build = shown.get(published.get(input)?.buildId ?? "");
          return build ? [[input, { buildId: build.id, contentId: build.contentId ?? "" }]] : [];
        }),
      );
      const id = createId();
      const [schema = "", name = ""] = model.split(".");
      await state.createBuild({ id, model, relation: { schema, name }, runId: "r", fingerprint: "f", inputs });
      await state.completeBuild(id, { data: someData, contentId: `content ${id}`, asOf });
      await state.setBuildStatus([id], "passed");
      const change = { model, project: schema, buildId: id, expected: published.get(model)?.buildId ?? null };
      await state.publish([change], { action: "publish" });
      if (at) sql(`update publication set published_at = '${at.toISOString()}' where build_id = '${id}'`);
    },
    async remove() {
      await state.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
