// Owns the test type `unique`.
import { z } from "zod";
import { columnOf, defineTestType } from "../test-type.ts";

export const unique = defineTestType({
  name: "unique",
  doc: "No value of the column occurs twice. NULLs do not count.",
  level: "column",
  args: z.strictObject({}),
  sql(_args, scope) {
    const column = columnOf(scope);
    return `select ${column}, count(*) as n_records
from ${scope.relation}
where ${column} is not null
group by ${column}
having count(*) > 1`;
  },
});
