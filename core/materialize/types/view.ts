// The view: the query itself, bound for ever to the builds its run pinned.
import { problems } from "../../errors/index.ts";
import type { MaterializationType } from "../statement-input.ts";

export const view: MaterializationType = {
  name: "view",
  takes: ["query"],
  statement({ model, rows }) {
    if (rows.kind !== "query")
      throw problems.unexpected({ what: `materializing ${model.id}`, reason: `a view of ${rows.kind}` });
    return { kind: "view", sql: rows.compiled, inputs: rows.inputs };
  },
};
