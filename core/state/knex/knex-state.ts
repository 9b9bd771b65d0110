// Owns putting the state store together from its parts: every failure leaves it as a coded error.
import type { StateStore } from "../types.ts";
import { createAlertMethods } from "./alerts.ts";
import { createAuditMethods } from "./audit.ts";
import { createBackfillMethods } from "./backfills.ts";
import { createBuildMethods } from "./builds.ts";
import { createConditionMethods } from "./conditions.ts";
import { type Database, explained, from } from "./database.ts";
import { createDeploymentMethods } from "./deployments.ts";
import { createEventMethods } from "./events.ts";
import { lossySettings } from "./lossy-settings.ts";
import { migrate } from "./migrate.ts";
import { createPageMethods } from "./pages.ts";
import { createPauseMethods } from "./pauses.ts";
import { openPostgres } from "./postgres.ts";
import { createPublicationMethods } from "./publications.ts";
import { createRunMethods } from "./runs.ts";
import { createScheduleMethods } from "./schedules.ts";
import { createServiceLevelMethods } from "./service-levels.ts";
import { createSettlementMethods } from "./settlements.ts";
import { openSqlite } from "./sqlite.ts";
import { createTaskMethods } from "./tasks.ts";
import { createTestMethods } from "./tests.ts";
import { createTokenMethods } from "./tokens.ts";

export function openSqliteState(path: string, busyTimeoutMs: number): Promise<StateStore> {
  return openSqlite(path, busyTimeoutMs).then(createState);
}

export async function openPostgresState(connection: string, schema: string, silentMs: number): Promise<StateStore> {
  return createState(openPostgres(connection, schema, silentMs));
}

function createState(database: Database): StateStore {
  const methods: StateStore = {
    kind: database.kind,
    migrate: () => migrate(database),
    async id() {
      const row = await from(database, "meta").where({ key: "id" }).first();
      return String(row?.value);
    },
    async now() {
      const [row] = await database.knex.select({ now: database.knex.raw(database.now) });
      return new Date(row.now);
    },
    lossySettings: () => lossySettings(database),
    ...createRunMethods(database),
    ...createTaskMethods(database),
    ...createSettlementMethods(database),
    ...createBuildMethods(database),
    ...createPublicationMethods(database),
    ...createTestMethods(database),
    ...createAuditMethods(database),
    ...createScheduleMethods(database),
    ...createPauseMethods(database),
    ...createConditionMethods(database),
    ...createBackfillMethods(database),
    ...createTokenMethods(database),
    ...createDeploymentMethods(database),
    ...createEventMethods(database),
    ...createPageMethods(database),
    ...createServiceLevelMethods(database),
    ...createAlertMethods(database),
    close: () => database.knex.destroy(),
  };
  return withCodedErrors(methods, database);
}

function withCodedErrors(methods: StateStore, database: Database): StateStore {
  const entries = Object.entries(methods).map(([name, method]: [string, unknown]) => [
    name,
    typeof method === "function" ? (...args: unknown[]) => explained(database, () => method(...args)) : method,
  ]);
  return Object.freeze(Object.fromEntries(entries)) as StateStore;
}
