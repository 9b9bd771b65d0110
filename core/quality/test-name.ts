// Owns the names tests get when nobody names them: dbt's, letter for letter, so that selections and habits carry over.
import { createHash } from "node:crypto";

const LONGEST = 63;
const KEPT_OF_LONG = 30;

// Python's str(): dbt builds names from it.
function pythonText(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  return String(value);
}

function parts(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return Object.values(value);
  return [value];
}

/** `unique_orders_id`, `accepted_values_orders_status__new__paid`; 64 characters or more become 30 and a hash of all. */
export function testName(
  type: string,
  model: string,
  column: string | undefined,
  args: Readonly<Record<string, unknown>>,
): string {
  const named: Readonly<Record<string, unknown>> = column === undefined ? args : { ...args, column_name: column };
  const flat = Object.keys(named)
    .sort()
    .flatMap((key) => parts(named[key]))
    .map((part) => pythonText(part).replace(/[^0-9a-zA-Z_]+/g, "_"));
  const test = `${type.replaceAll(".", "_")}_${model}`;
  const full = `${test}_${flat.join("__")}`;
  if (full.length <= LONGEST) return full;
  return `${test.slice(0, KEPT_OF_LONG)}_${createHash("md5").update(full).digest("hex")}`;
}
