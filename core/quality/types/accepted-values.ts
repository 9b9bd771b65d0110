// Owns the test type `accepted_values`.
import { z } from "zod";
import { quoteString } from "../../util/index.ts";
import { columnOf, defineTestType } from "../test-type.ts";

const literal = (value: string | number | boolean) => quoteString(String(value));

export const acceptedValues = defineTestType({
  name: "accepted_values",
  doc: "Every value of the column is one of the listed values. NULLs pass.",
  level: "column",
  args: z.strictObject({
    // No null in the list: `not in (…, null)` is never true, and the test would pass whatever the rows are.
    values: z
      .array(z.union([z.string(), z.number(), z.boolean()], "must be text, numbers or booleans"), "must be a list")
      .min(1, "must list at least one value")
      .describe("The values that may occur."),
    quote: z
      .boolean("must be true or false")
      .default(true)
      .describe("Write the values as text literals; false writes them into the query as they are."),
  }),
  sql({ values, quote }, scope) {
    const column = columnOf(scope);
    return `select ${column}, count(*) as n_records
from ${scope.relation}
where ${column} not in (${values.map(quote ? literal : String).join(", ")})
group by ${column}`;
  },
});
