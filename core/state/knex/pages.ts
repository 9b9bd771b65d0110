// Owns reading long lists page by page. Changes nothing.
import type { PageState } from "../page-types.ts";
import { type Database, from, type TableName } from "./database.ts";
import { type BuildRow, buildRecord, type PublicationRow, publication, type RunRow, runRecord } from "./records.ts";

export function createPageMethods(database: Database): PageState {
  const page = (
    table: TableName,
    order: string,
    equal: Readonly<Record<string, string | undefined>>,
    { before, limit }: { readonly before?: string | number | undefined; readonly limit: number },
  ) => {
    const query = from(database, table).orderBy(order, "desc").limit(limit);
    for (const [column, value] of Object.entries(equal)) if (value !== undefined) query.where(column, value);
    if (before !== undefined) query.where(order, "<", before);
    return query;
  };

  return {
    async pageRuns({ before, limit, ...equal }) {
      return ((await page("run", "id", equal, { before, limit })) as RunRow[]).map(runRecord);
    },
    async pageBuilds({ before, limit, runId, ...equal }) {
      const rows: BuildRow[] = await page("build", "id", { ...equal, run_id: runId }, { before, limit });
      return rows.map(buildRecord);
    },
    async pagePublications({ before, limit, ...equal }) {
      return ((await page("publication", "sequence", equal, { before, limit })) as PublicationRow[]).map(publication);
    },
  };
}
