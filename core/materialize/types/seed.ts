// The seed: a CSV file of the project, with `column_types` and `delimiter` of its configuration.
import { problems } from "../../errors/index.ts";
import type { MaterializationType } from "../statement-input.ts";

export const seed: MaterializationType = {
  name: "seed",
  takes: ["csv-file"],
  statement({ model, rows }) {
    if (rows.kind !== "csv-file")
      throw problems.unexpected({ what: `materializing ${model.id}`, reason: `a seed of ${rows.kind}` });
    return {
      ...rows,
      delimiter: model.config.delimiter ?? rows.delimiter,
      types: { ...rows.types, ...model.config.column_types },
    };
  },
};
