// Owns the test type `expression_is_true`.
import { z } from "zod";
import { defineTestType } from "../test-type.ts";

export const expressionIsTrue = defineTestType({
  name: "expression_is_true",
  doc: "A SQL expression is true for every row; on a column, the expression continues it. A NULL result passes.",
  level: "both",
  args: z.strictObject({
    expression: z
      .string("must be a SQL expression")
      .min(1, "must be a SQL expression")
      .describe("`amount >= 0` on a model, `>= 0` on the column amount."),
  }),
  // The line break ends a comment the expression may finish with.
  sql({ expression }, scope) {
    const tested = scope.column === undefined ? expression : `${scope.column} ${expression}`;
    return `select *\nfrom ${scope.relation}\nwhere not(${tested}\n)`;
  },
});
