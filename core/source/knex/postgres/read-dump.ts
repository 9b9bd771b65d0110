// Owns reading the schema from `pg_dump --schema-only`, by the parser of Postgres itself. What a view gives only a server knows.
import type { SchemaContents, SchemaTable } from "../../schema/types.ts";
import type { StoreColumn } from "../../types.ts";
import { exactType } from "./column-types.ts";

/** A node of the parser's tree: one key, the kind of node. */
type Node = Readonly<Record<string, unknown>>;

interface Domain {
  readonly type: ColumnType;
  readonly required: boolean;
}

interface ColumnType {
  readonly storeType: string;
  readonly base: string | undefined;
  readonly element: string | undefined;
  readonly typmod: number;
  /** The domain or type of the dump that it names, as `schema.name`. */
  readonly named?: string | undefined;
}

interface TableColumn {
  readonly type: ColumnType;
  required: boolean;
}

interface Dump {
  readonly tables: Map<string, Map<string, TableColumn>>;
  readonly views: Set<string>;
  readonly domains: Map<string, Domain>;
}

/** As `format_type` writes them. */
const SPELLED: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  varchar: "character varying",
  bpchar: "character",
  varbit: "bit varying",
};
const ZONED: Readonly<Record<string, readonly [base: string, zone: string]>> = {
  time: ["time", " without time zone"],
  timetz: ["time", " with time zone"],
  timestamp: ["timestamp", " without time zone"],
  timestamptz: ["timestamp", " with time zone"],
};
const DEFAULT_SCHEMA = "public";

/** Throws an Error that says what is not understood. */
export async function readPostgresDump(sql: string): Promise<SchemaContents> {
  const { parse } = await import("libpg-query");
  // pg_dump writes some lines for psql, not for the server.
  const { stmts = [] } = (await parse(sql.replaceAll(/^\\.*$/gm, ""))) as {
    readonly stmts?: readonly { stmt?: Node }[];
  };
  const dump: Dump = { tables: new Map(), views: new Set(), domains: new Map() };
  for (const { stmt } of stmts) if (stmt) readStatement(stmt, dump);
  if (dump.tables.size === 0) throw new Error("it creates no table");
  const tables: SchemaTable[] = [
    ...[...dump.tables].map(([name, columns]) => ({ names: namesOf(name), columns: columnsOf(columns, dump) })),
    ...[...dump.views].map((name) => ({ names: namesOf(name), columns: null })),
  ];
  return { tables, queries: {} };
}

function namesOf(name: string): readonly string[] {
  return name.startsWith(`${DEFAULT_SCHEMA}.`) ? [name.slice(DEFAULT_SCHEMA.length + 1), name] : [name];
}

function readStatement(stmt: Node, dump: Dump): void {
  const { CreateStmt, CreateForeignTableStmt, AlterTableStmt, CreateDomainStmt, ViewStmt, CreateTableAsStmt } = stmt;
  if (CreateStmt) readTable(CreateStmt as Node, dump);
  else if (CreateForeignTableStmt) readTable((CreateForeignTableStmt as Node).base as Node, dump);
  else if (AlterTableStmt) readAlter(AlterTableStmt as Node, dump);
  else if (ViewStmt) dump.views.add(relationName((ViewStmt as Node).view));
  else if (CreateTableAsStmt) dump.views.add(relationName(((CreateTableAsStmt as Node).into as Node).rel));
  else if (CreateDomainStmt) {
    const { domainname, typeName, constraints } = CreateDomainStmt as Node;
    const required = constraintsOf(constraints).some(({ contype }) => contype === "CONSTR_NOTNULL");
    dump.domains.set(qualified(strings(domainname)), { type: typeOf(typeName as Node), required });
  }
}

function readTable({ relation, tableElts, inhRelations }: Node, dump: Dump): void {
  const columns = new Map<string, TableColumn>();
  // A partition, or a table that inherits, has its parents' columns first.
  for (const parent of list(inhRelations)) {
    const inherited = dump.tables.get(relationName(parent.RangeVar));
    for (const [name, column] of inherited ?? []) columns.set(name, { ...column });
  }
  for (const { ColumnDef, Constraint } of list(tableElts)) {
    if (ColumnDef) addColumn(ColumnDef as Node, columns);
    if (Constraint) markRequired(Constraint as Node, columns);
  }
  dump.tables.set(relationName(relation), columns);
}

function addColumn({ colname, typeName, constraints }: Node, columns: Map<string, TableColumn>): void {
  const required = constraintsOf(constraints).some(
    ({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY" || contype === "CONSTR_IDENTITY",
  );
  columns.set(String(colname), { type: typeOf(typeName as Node), required });
}

/** The columns of a primary key are NOT NULL. */
function markRequired({ contype, keys }: Node, columns: Map<string, TableColumn>): void {
  if (contype !== "CONSTR_PRIMARY" && contype !== "CONSTR_NOTNULL") return;
  for (const key of strings(keys)) {
    const column = columns.get(key);
    if (column) column.required = true;
  }
}

function readAlter({ relation, cmds }: Node, dump: Dump): void {
  const columns = dump.tables.get(relationName(relation));
  if (!columns) return;
  for (const { AlterTableCmd } of list(cmds)) {
    const { subtype, name, def } = (AlterTableCmd ?? {}) as Node;
    const { Constraint, ColumnDef } = (def ?? {}) as Node;
    const column = columns.get(String(name));
    if (subtype === "AT_AddConstraint" && Constraint) markRequired(Constraint as Node, columns);
    else if (subtype === "AT_AddColumn" && ColumnDef) addColumn(ColumnDef as Node, columns);
    else if (subtype === "AT_SetNotNull" && column) column.required = true;
    else if (subtype === "AT_DropNotNull" && column) column.required = false;
    else if (subtype === "AT_DropColumn") columns.delete(String(name));
    else if (subtype === "AT_AlterColumnType" && column && ColumnDef)
      columns.set(String(name), { ...column, type: typeOf((ColumnDef as Node).typeName as Node) });
  }
}

function columnsOf(columns: ReadonlyMap<string, TableColumn>, { domains }: Dump): readonly StoreColumn[] {
  return [...columns].map(([name, { type, required }]) => {
    let resolved = type;
    let notNull = required;
    for (let domain = domains.get(type.named ?? ""); domain; domain = domains.get(domain.type.named ?? "")) {
      resolved = domain.type;
      notNull ||= domain.required;
    }
    const { base, element, typmod } = resolved;
    const nullable = !notNull;
    const { storeType } = type;
    return { name, storeType, type: exactType({ base, element, typmod }), nullable };
  });
}

function typeOf({ names, typmods, arrayBounds }: Node): ColumnType {
  const path = strings(names);
  const name = path.at(-1) ?? "";
  // A dump names every type of its own with its schema; what has none is Postgres' own.
  const own = path.length === 1 || path[0] === "pg_catalog";
  const isArray = list(arrayBounds).length > 0;
  const modifiers = list(typmods).map(({ A_Const }) =>
    Number(((A_Const as Node | undefined)?.ival as Node)?.ival ?? 0),
  );
  const storeType = `${own ? spell(name, modifiers) : path.filter((part) => part !== DEFAULT_SCHEMA).join(".")}${isArray ? "[]" : ""}`;
  if (!own)
    return { storeType, base: undefined, element: undefined, typmod: -1, ...(!isArray && { named: path.join(".") }) };
  const typmod = typmodOf(name, modifiers);
  return { storeType, base: isArray ? `_${name}` : name, element: isArray ? name : undefined, typmod };
}

function spell(name: string, modifiers: readonly number[]): string {
  const inside = modifiers.length === 0 ? "" : `(${modifiers.join(",")})`;
  const zoned = ZONED[name];
  return zoned ? `${zoned[0]}${inside}${zoned[1]}` : `${SPELLED[name] ?? name}${inside}`;
}

/** As the server packs them: of a numeric both numbers in one, of a text its length and four. */
function typmodOf(name: string, [first, second = 0]: readonly number[]): number {
  if (first === undefined) return -1;
  return name === "numeric" ? ((first << 16) | (second & 0x7ff)) + 4 : first + 4;
}

function relationName(relation: unknown): string {
  const { schemaname = DEFAULT_SCHEMA, relname } = (relation ?? {}) as Node;
  return `${schemaname}.${relname}`;
}

function qualified(path: readonly string[]): string {
  return path.length === 1 ? `${DEFAULT_SCHEMA}.${path[0]}` : path.join(".");
}

function list(nodes: unknown): readonly Node[] {
  return Array.isArray(nodes) ? nodes : [];
}

function constraintsOf(nodes: unknown): readonly Node[] {
  return list(nodes).map(({ Constraint }) => (Constraint ?? {}) as Node);
}

function strings(nodes: unknown): readonly string[] {
  return list(nodes).map(({ String: text }) => String((text as Node | undefined)?.sval ?? ""));
}
