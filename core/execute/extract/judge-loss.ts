// Owns the verdict of loss accounting: what the store counted against what landed. Pure.
import { type MeshError, problems } from "../../errors/index.ts";
import type { LossBudget, Source } from "../../manifest/index.ts";
import type { StoreAccount } from "../../source/index.ts";
import type { LandedRows } from "./landed-rows.ts";

/** How many rows of the store may be missing. */
function allowedLoss({ rows, share }: LossBudget, storeRows: number): number {
  return Math.max(rows, Math.floor(share * storeRows));
}

/** undefined when everything landed, or no more is missing than the budget allows. `columns` are the names behind `values`. */
export function judgeLoss(
  { id: source, lossBudget }: Pick<Source, "id" | "lossBudget">,
  columns: readonly string[],
  store: Pick<StoreAccount, "rows" | "values" | "checksum">,
  landed: LandedRows,
): MeshError | undefined {
  const missing = store.rows - landed.rows;
  const allowed = allowedLoss(lossBudget, store.rows);
  if (missing < 0) return problems.rowsSurplus({ source, surplus: -missing, of: store.rows });
  if (missing > allowed) return problems.rowsLost({ source, missing, of: store.rows, allowed });
  // Each missing row may have taken one value of a column with it, and nothing may have been added.
  const differing = store.values.flatMap((of, i) => {
    const lost = of - (landed.values[i] ?? 0);
    return lost < 0 || lost > missing ? [{ column: columns[i] ?? "", lost, of }] : [];
  });
  if (differing.length > 0) return problems.valuesLost({ source, rows: store.rows, columns: differing });
  // The checksum says that something is missing, not how much: it speaks only when nothing should be.
  if (missing === 0 && store.checksum !== undefined && store.checksum !== landed.checksum)
    return problems.contentsDiffer({ source, rows: store.rows });
  return undefined;
}
