// The snapshot of a source: rows as they come from its store. What becomes of them is the strategy's; see `snapshots/`.
import { problems } from "../../errors/index.ts";
import type { MaterializationType } from "../statement-input.ts";

export const snapshot: MaterializationType = {
  name: "snapshot",
  takes: ["csv-stream"],
  statement({ model, rows }) {
    if (rows.kind !== "csv-stream")
      throw problems.unexpected({ what: `materializing ${model.id}`, reason: `a snapshot of ${rows.kind}` });
    return rows;
  },
};
