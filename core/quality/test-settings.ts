// Owns reading a test's `config` into the settings that judge it, with dbt's defaults.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { DataTest } from "../manifest/index.ts";
import { closest } from "../util/index.ts";
import { parseCondition } from "./condition.ts";

export type TestSettings = Pick<DataTest, "severity" | "warnIf" | "errorIf" | "failCalc" | "limit" | "storeFailures">;

type Check = (value: unknown) => string | undefined;

const isText: Check = (value) =>
  typeof value === "string" && value.trim() !== "" ? undefined : "must be a piece of SQL";
const isFlag: Check = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const isCondition: Check = (value) => (typeof value === "string" ? undefined : "must be a condition such as `> 10`");

const KEYS: Readonly<Record<string, Check>> = {
  severity: (value) => (/^(error|warn)$/i.test(String(value)) ? undefined : "must be `error` or `warn`"),
  warn_if: isCondition,
  error_if: isCondition,
  fail_calc: isText,
  where: isText,
  limit: (value) => (Number.isInteger(value) && (value as number) > 0 ? undefined : "must be a whole number above 0"),
  store_failures: isFlag,
  enabled: isFlag,
};

/** The settings, or every problem of the config. `without` names keys that this kind of test cannot have, and why. */
export function readTestSettings(
  test: string,
  config: Readonly<Record<string, unknown>>,
  location: Location,
  without: Readonly<Record<string, string>> = {},
): TestSettings | { readonly problems: readonly MeshError[] } {
  const found: MeshError[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined) continue;
    const check = KEYS[key];
    const problem = without[key] ?? (check ? check(value) : "is not a key of a test");
    const near = check ? undefined : closest(key, Object.keys(KEYS));
    if (problem !== undefined) found.push(problems.badTestConfig({ test, key, problem, near }, { location }));
    else if ((key === "warn_if" || key === "error_if") && !parseCondition(String(value)))
      found.push(problems.badCondition({ test, key, condition: String(value) }, { location }));
  }
  if (found.length > 0) return { problems: found };
  return {
    severity: String(config.severity ?? "error").toLowerCase() as TestSettings["severity"],
    warnIf: String(config.warn_if ?? "!= 0"),
    errorIf: String(config.error_if ?? "!= 0"),
    failCalc: String(config.fail_calc ?? "count(*)"),
    ...(config.limit !== undefined && { limit: Number(config.limit) }),
    // Failing rows are kept unless a test says no: the first question after a failure is always which rows.
    storeFailures: config.store_failures !== false,
  };
}
