// Owns reading long lists page by page. Changes nothing.
import type { Knex } from "knex";
import type { PageState } from "../page-types.ts";
import { type Database, from, quoted } from "./database.ts";
import { type BuildRow, buildRecord, type PublicationRow, publication, type RunRow, runRecord } from "./records.ts";

export function createPageMethods(database: Database): PageState {
  /** The time never changes; ids, which any clock may have made, only tell apart what is of one instant. */
  const pageByTime = (
    table: "run" | "build",
    time: string,
    equal: Equal,
    { before, limit }: { readonly before?: string | undefined; readonly limit: number },
  ) => {
    const query = where(from(database, table), equal).limit(limit);
    query.orderBy([time, "id"].map((column) => ({ column, order: "desc" })));
    if (before !== undefined)
      query.whereRaw(`(??, ??) < (select ??, ?? from ${quoted(database, table)} where ?? = ?)`, [
        ...[time, "id", time, "id"],
        ...["id", before],
      ]);
    return query;
  };

  return {
    async pageRuns({ before, limit, ...equal }) {
      return ((await pageByTime("run", "asked_at", equal, { before, limit })) as RunRow[]).map(runRecord);
    },
    async pageBuilds({ before, limit, runId, ...equal }) {
      const rows: BuildRow[] = await pageByTime("build", "created_at", { ...equal, run_id: runId }, { before, limit });
      return rows.map(buildRecord);
    },
    async pagePublications({ before, limit, ...equal }) {
      const query = where(from(database, "publication"), equal).orderBy("sequence", "desc").limit(limit);
      if (before !== undefined) query.where("sequence", "<", before);
      return ((await query) as PublicationRow[]).map(publication);
    },
  };
}

type Equal = Readonly<Record<string, string | undefined>>;

function where(query: Knex.QueryBuilder, equal: Equal): Knex.QueryBuilder {
  for (const [column, value] of Object.entries(equal)) if (value !== undefined) query.where(column, value);
  return query;
}
