// Owns what a store's schema does to a declared source: what the next reading would refuse, and what is only worth knowing. Pure.
import type { Location } from "../errors/index.ts";
import type { DriftKind, Source, StoreClient } from "../manifest/index.ts";
import type { StoreColumn } from "../source/index.ts";
import { closest } from "../util/index.ts";
import { fitsDeclared } from "./fits-declared.ts";

export interface PortBreak {
  readonly source: string;
  readonly kind: Exclude<DriftKind, "added" | "renamed">;
  /** The landed name. */
  readonly column?: string;
  /** A sentence's part: the column, what it is, what was declared. */
  readonly what: string;
  /** Where it is declared. */
  readonly location: Location;
}

export interface PortNote {
  readonly source: string;
  readonly what: string;
}

export interface ComparedPort {
  readonly breaks: readonly PortBreak[];
  readonly notes: readonly PortNote[];
}

export interface PortRequest {
  readonly client: StoreClient;
  readonly source: Source;
  /** undefined: there is no such table. */
  readonly actual: readonly StoreColumn[] | undefined;
  /** A name near the missing table's. */
  readonly near?: string | undefined;
  /** Landed names of columns that a not_null test of a snapshot guards. */
  readonly notNull: ReadonlySet<string>;
}

export function comparePort(request: PortRequest): ComparedPort {
  const { source, actual, near } = request;
  if (actual === undefined) {
    const table = source.schema === undefined ? source.identifier : `${source.schema}.${source.identifier}`;
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const gone = `there is no table ${table}${hint}`;
    return allowed(request, { source: source.id, kind: "table_gone", what: gone, location: source.location });
  }
  const byName = new Map(actual.map((column) => [column.name, column]));
  const declared = new Set(source.columns.map(({ identifier }) => identifier));
  const undeclared = actual.filter(({ name }) => !declared.has(name)).map(({ name }) => name);
  const found = source.columns
    .filter(({ protect }) => protect !== "drop")
    .map(({ name, identifier, type, location }) => {
      const at = { source: source.id, column: name, location };
      const column = byName.get(identifier);
      if (!column) {
        const new_ = closest(identifier, undeclared);
        const hint = new_ === undefined ? "" : `; did you mean \`${new_}\`?`;
        return allowed(request, { ...at, kind: "dropped", what: `there is no column \`${identifier}\`${hint}` });
      }
      return join([compareType(request, at, column, type), compareNullable(request, at, column, actual)]);
    });
  const notes =
    undeclared.length === 0
      ? []
      : [
          {
            source: source.id,
            what: `not declared, so not copied: ${undeclared.map((name) => `\`${name}\``).join(", ")}`,
          },
        ];
  return join([...found, { breaks: [], notes }]);
}

type At = Pick<PortBreak, "source" | "location"> & { readonly column: string };

function compareType(
  request: PortRequest,
  at: At,
  { name, storeType, type }: StoreColumn,
  declared: string,
): ComparedPort {
  const fit = fitsDeclared(request.client, { type }, declared);
  if (fit === "fits") return NOTHING;
  const what = `\`${name}\` is ${storeType}, declared as ${declared}`;
  if (fit === "never")
    return { breaks: [{ ...at, kind: "retyped", what: `${what}, which holds no such values` }], notes: [] };
  return allowed(request, { ...at, kind: "retyped", what: `${what}, which not every value fits` });
}

function compareNullable(
  request: PortRequest,
  at: At,
  { name, nullable }: StoreColumn,
  actual: readonly StoreColumn[],
): ComparedPort {
  if (!nullable || !request.notNull.has(at.column)) return NOTHING;
  // A view says of no column that it is NOT NULL, whatever is behind it.
  if (actual.every((column) => column.nullable)) {
    const what = `whether \`${name}\` may be NULL is not known, as of any column of it; a not_null test is written on it`;
    return { breaks: [], notes: [{ source: at.source, what }] };
  }
  return allowed(request, {
    ...at,
    kind: "nullable",
    what: `\`${name}\` may be NULL, and a not_null test is written on it`,
  });
}

const NOTHING: ComparedPort = { breaks: [], notes: [] };

/** A break, unless the source's policy takes such a change. */
function allowed({ source }: PortRequest, found: PortBreak): ComparedPort {
  const word = source.drift[found.kind];
  if (word === "refuse") return { breaks: [found], notes: [] };
  return {
    breaks: [],
    notes: [{ source: source.id, what: `${found.what}; allowed by \`drift: { ${found.kind}: ${word} }\`` }],
  };
}

function join(parts: readonly ComparedPort[]): ComparedPort {
  return { breaks: parts.flatMap(({ breaks }) => breaks), notes: parts.flatMap(({ notes }) => notes) };
}
