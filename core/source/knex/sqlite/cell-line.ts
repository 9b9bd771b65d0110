// Owns the SQL in which SQLite itself writes a row as a COPY_CSV line, for values of the usual forms. A value of any other form makes
// the line NULL; its row then goes the way of `column-types.ts`, which judges it. Never gives a text that another value could have.
import { type DeclaredType, declaredType } from "../../declared-type.ts";

/** SQL for the cell of each storage class that may stand in the column. */
interface Forms {
  readonly integer?: string;
  readonly real?: string;
  readonly text?: string;
  readonly blob?: string;
}

/** Deeper expressions than 1,000 levels are refused by SQLite; each column takes two. */
const GROUP = 100;

/** The line without its newline. `cells` are the columns' quoted names, declared types and exact types, in order. */
export function lineOf(
  cells: readonly { readonly name: string; readonly declared: string; readonly exact: string | undefined }[],
): string {
  const texts = cells.map(({ name, declared, exact }) => cellOf(name, formsOf(name, declaredType(declared), exact)));
  const groups: string[] = [];
  for (let i = 0; i < texts.length; i += GROUP) groups.push(texts.slice(i, i + GROUP).join(" || ',' || "));
  return groups.length === 1 ? (groups[0] ?? "''") : groups.map((group) => `(${group})`).join(" || ',' || ");
}

function cellOf(name: string, forms: Forms): string {
  const cases = Object.entries(forms).map(([storageClass, sql]) => `WHEN '${storageClass}' THEN ${sql}`);
  return `CASE typeof(${name}) ${cases.join(" ")} WHEN 'null' THEN '' END`;
}

function formsOf(name: string, type: DeclaredType, exact: string | undefined): Forms {
  const only = (condition: string, text = name) => `CASE WHEN ${condition} THEN ${text} END`;
  const quoted = `'"' || replace(${name}, '"', '""') || '"'`;
  switch (type.kind) {
    case "integer":
      return { integer: only(isBetween(name, type.min, type.max)) };
    case "decimal": {
      const limit = 10n ** BigInt(type.precision - type.scale) - 1n;
      return {
        integer: only(isBetween(name, -limit, limit)),
        real: only(`${isShortReal(name)} AND ${fitsDecimal(`CAST(${name} AS TEXT)`, type)}`, `CAST(${name} AS TEXT)`),
        text: only(`${isPlainNumber(name)} AND ${fitsDecimal(name, type)}`),
      };
    }
    case "boolean":
      return { integer: `CASE ${name} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END` };
    case "double":
      return { real: ofReal(name), integer: only(isBetween(name, -(2n ** 53n), 2n ** 53n)) };
    case "text": {
      // As column-types.ts prints a real; other reals go that way.
      const real = only(
        `${isShortReal(name)} AND abs(${name}) < 1e15 AND CAST(${name} AS TEXT) NOT GLOB '*[^-0-9.]*'`,
        `CAST(${name} AS TEXT)`,
      );
      if (exact === "BIGINT") return { integer: name };
      if (exact === "DOUBLE") return { real };
      if (exact === "BLOB") return { blob: `'"' || lower(hex(${name})) || '"'` };
      return exact === "VARCHAR" ? { text: quoted } : { text: quoted, integer: name, real };
    }
    case "blob":
      return { blob: `'"' || hex(${name}) || '"'` };
    case "json":
      return { text: quoted };
    case "date":
      return { text: only(`${name} GLOB '${DATE}'`) };
    case "time":
      return { text: only(isClock(name, TIME)) };
    case "timestamp":
      return { text: only(`${isClock(name, `${DATE}[ T]${TIME}`)} OR ${name} GLOB '${DATE}'`) };
    case "timestamptz":
      return { text: only(isClock(name, `${DATE}[ T]${TIME}`), `${name} || '+00'`) };
    case "uuid":
      return { text: only(`${name} GLOB '${UUID}'`) };
    case "float":
    case "interval":
    case "other":
      return {};
  }
}

const TWO = "[0-9][0-9]";
const DATE = `${TWO}${TWO}-${TWO}-${TWO}`;
const TIME = `${TWO}:${TWO}:${TWO}`;
const UUID = [8, 4, 4, 4, 12].map((digits) => "[0-9a-fA-F]".repeat(digits)).join("-");
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function isBetween(name: string, min: bigint, max: bigint): string {
  // SQLite reads the least integer as a real when it is written as a number.
  const bounds = [...(min > INT64_MIN ? [`${name} >= ${min}`] : []), ...(max < INT64_MAX ? [`${name} <= ${max}`] : [])];
  return bounds.length === 0 ? "1" : bounds.join(" AND ");
}

/**
 * 17 digits tell every double. SQLite's own are right to more than that (since 3.43); reading them back here guards against a
 * build of it whose are not. An infinity does not come back and goes the other way.
 */
function ofReal(name: string): string {
  const digits = `printf('%!.17g', ${name})`;
  return `CASE WHEN CAST(${digits} AS REAL) = ${name} THEN ${digits} END`;
}

/** True for a real of up to 15 digits. */
function isShortReal(name: string): string {
  return `CAST(CAST(${name} AS TEXT) AS REAL) = ${name}`;
}

function isPlainNumber(text: string): string {
  return `ltrim(${text}, '-') NOT GLOB '*[^0-9.]*' AND ${text} NOT GLOB '--*' AND ${text} NOT GLOB '*.*.*' AND ${text} GLOB '*[0-9]'`;
}

/** Of a text of digits with at most one point; one with an exponent fails the first condition. */
function fitsDecimal(
  text: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): string {
  const point = `instr(${text}, '.')`;
  const digits = `CASE ${point} WHEN 0 THEN length(ltrim(${text}, '-0')) ELSE instr(ltrim(${text}, '-0'), '.') - 1 END`;
  const decimals = `CASE ${point} WHEN 0 THEN 0 ELSE length(rtrim(${text}, '0')) - ${point} END`;
  return `${text} NOT GLOB '*e*' AND ${digits} <= ${precision - scale} AND ${decimals} <= ${scale}`;
}

/** Of the form, with up to six decimals of a second and nothing behind them. */
function isClock(text: string, form: string): string {
  const length = form === TIME ? 8 : 19;
  return `(${text} GLOB '${form}' OR (substr(${text}, 1, ${length + 1}) GLOB '${form}.' AND substr(${text}, ${length + 2}) NOT GLOB '*[^0-9]*' AND length(${text}) BETWEEN ${length + 2} AND ${length + 7}))`;
}
