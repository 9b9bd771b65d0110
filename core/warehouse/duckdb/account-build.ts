// Owns what a build's stored rows say of themselves for loss accounting: where its files are, their checksum, and what no footer tells.
import { problems } from "../../errors/index.ts";
import type { BuildData } from "../../manifest/index.ts";
import { quoteIdentifier } from "../../util/index.ts";
import type { AccountColumn, LandedAccount } from "../types.ts";
import { parseColumnType } from "./column-type.ts";
import type { Layout } from "./layout.ts";
import { checksumExpression } from "./row-digest.ts";

/** `query` gives the rows as they were stored; `run` answers one row of cells. */
export async function accountBuild(
  data: BuildData,
  columns: readonly AccountColumn[],
  layout: Layout,
  query: string,
  run: (sql: string) => Promise<readonly unknown[]>,
): Promise<LandedAccount> {
  if (data.kind !== "files")
    throw problems.unexpected({ what: "accounting for a build", reason: "a view has no rows" });
  const nested = columns.filter(({ type }) => parseColumnType(type).kind !== "scalar");
  const checksum = checksumExpression(columns);
  const asked = [...nested.map(({ name }) => `count(${quoteIdentifier(name)})`), ...(checksum ? [checksum] : [])];
  const answer = asked.length === 0 ? [] : await run(`select ${asked.join(", ")} from (\n${query}\n)`);
  return {
    files: data.files.map((file) => layout.file(file)),
    nestedValues: Object.fromEntries(nested.map(({ name }, i) => [name, Number(answer[i])])),
    ...(checksum !== undefined && { checksum: String(answer[nested.length]) }),
  };
}
