// The incremental table: all rows at first, then new rows onto the build before, by a strategy.
import { problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import { findColumn } from "../find-column.ts";
import { type IncrementalStrategy, incrementalStrategies } from "../incremental-strategies.ts";
import { reconcileColumns } from "../reconcile-columns.ts";
import type { MaterializationType, StatementInput } from "../statement-input.ts";

export const incremental: MaterializationType = {
  name: "incremental",
  takes: ["query", "parquet-file"],
  statement(input) {
    const { model, rows, base } = input;
    // Chosen also for a first build, so that a wrong strategy is told at once and not on the second day.
    const strategy = chooseStrategy(input);
    if (!base) return rows.kind === "query" ? { kind: "select", sql: rows.sql } : rows;
    if (rows.kind !== "query")
      throw problems.unexpected({ what: `materializing ${model.id}`, reason: `an increment of ${rows.kind}` });
    const columns = reconcileColumns(model, base.build.data.columns, base.newColumns);
    return strategy({ model, sql: rows.sql, base, columns, key: keyOf(input, columns.shared) });
  },
};

/** As in dbt: `delete+insert` unless told, and every strategy without a key only adds rows. */
function chooseStrategy({ model }: StatementInput): IncrementalStrategy {
  const { strategy = "delete+insert", unique_key: key = [] } = model.config;
  const known = Object.keys(incrementalStrategies);
  const chosen = incrementalStrategies[strategy];
  if (!chosen) throw problems.strategyUnknown({ model: model.id, strategy, near: closest(strategy, known), known });
  if (model.config.merge_update_columns && model.config.merge_exclude_columns)
    throw problems.mergeColumnsBothGiven({ model: model.id });
  return key.length === 0 ? (incrementalStrategies.append ?? chosen) : chosen;
}

function keyOf({ model }: StatementInput, columns: readonly string[]): readonly string[] {
  return (model.config.unique_key ?? []).map((column) => findColumn(model.id, "unique_key", column, columns));
}
