// Owns the test type `unique_combination_of_columns`.
import { z } from "zod";
import { defineTestType } from "../test-type.ts";

export const uniqueCombinationOfColumns = defineTestType({
  name: "unique_combination_of_columns",
  doc: "No combination of values of the listed columns occurs twice. NULLs are equal to each other here.",
  level: "model",
  args: z.strictObject({
    combination_of_columns: z
      .array(z.string("must list names of columns"), "must be a list of columns")
      .min(1, "must list at least one column")
      .describe("The columns that together identify a row."),
    quote_columns: z
      .boolean("must be true or false")
      .optional()
      .describe("Accepted for dbt's sake: names are always quoted."),
  }),
  sql(args, scope) {
    const columns = args.combination_of_columns
      .map((name) => scope.quoteColumn(name, "combination_of_columns"))
      .join(", ");
    return `select ${columns}, count(*) as n_records
from ${scope.relation}
group by ${columns}
having count(*) > 1`;
  },
});
