// The snapshot of a source. Strategy `full`: the whole source as it was at the run's consistent point, every time.
import { problems } from "../../errors/index.ts";
import { closest } from "../../util/index.ts";
import type { MaterializationType } from "../statement-input.ts";

const STRATEGIES = ["full"];

export const snapshot: MaterializationType = {
  name: "snapshot",
  takes: ["csv-stream"],
  statement({ model, rows }) {
    const strategy = model.config.strategy ?? "full";
    if (!STRATEGIES.includes(strategy)) {
      throw problems.strategyUnknown({
        model: model.id,
        strategy,
        near: closest(strategy, STRATEGIES),
        known: STRATEGIES,
      });
    }
    if (rows.kind !== "csv-stream")
      throw problems.unexpected({ what: `materializing ${model.id}`, reason: `a snapshot of ${rows.kind}` });
    return rows;
  },
};
