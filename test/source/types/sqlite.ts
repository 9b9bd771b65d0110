// Owns the type matrix of SQLite: what the suite of every source lands on a real server, and what docs/type-matrix.md shows. Runs nothing.
import type { StoreTypes } from "./store-types.ts";

export const sqliteTypes: StoreTypes = {
  title: "SQLite",
  types: [
    {
      store: "INTEGER",
      type: "BIGINT",
      values: [
        ["9007199254740993", "9007199254740993"],
        ["-9223372036854775808", "-9223372036854775808"],
        ["NULL", null],
      ],
    },
    { store: "UNSIGNED BIG INT", type: "BIGINT", values: [["5", "5"]] },
    { store: "INTEGER", type: "BIGINT", declared: "varchar", values: [["9007199254740993", "9007199254740993"]] },
    {
      store: "REAL",
      type: "DOUBLE",
      values: [
        ["0.1 + 0.2", "0.30000000000000004"],
        ["5e-324", "5e-324"],
        ["9e999", "inf"],
        ["-9e999", "-inf"],
        ["-0.0", "0.0"],
        ["1e21", "1e+21"],
        ["3", "3.0"],
      ],
    },
    {
      store: "VARCHAR(10)",
      type: "VARCHAR",
      values: [
        ["'longer than ten'", "longer than ten"],
        ["''", ""],
        ["NULL", null],
        ["5", "5"],
      ],
    },
    {
      store: "BLOB",
      type: "BLOB",
      values: [
        ["x'00ff41'", "\\x00\\xFFA"],
        ["x''", ""],
        ["NULL", null],
      ],
    },
    { store: "BLOB", type: "BLOB", declared: "varchar", values: [["x'00ff41'", "00ff41"]] },
    {
      store: "BOOLEAN",
      type: undefined,
      declared: "boolean",
      values: [
        ["1", "true"],
        ["0", "false"],
        ["NULL", null],
      ],
    },
    {
      store: "BOOLEAN",
      type: undefined,
      declared: "tinyint",
      values: [
        ["1", "1"],
        ["-128", "-128"],
      ],
    },
    { store: "DATE", type: undefined, declared: "date", values: [["'2024-02-29'", "2024-02-29"]] },
    {
      store: "DATETIME",
      type: undefined,
      declared: "timestamp",
      values: [
        ["'2024-02-29 10:00:00.123456'", "2024-02-29 10:00:00.123456"],
        ["'2024-02-29T10:00:00'", "2024-02-29 10:00:00"],
      ],
    },
    {
      store: "TIMESTAMP",
      type: undefined,
      declared: "timestamptz",
      values: [
        ["'2024-02-29 10:00:00'", "2024-02-29 10:00:00+00"],
        ["'2024-02-29T10:00:00.5Z'", "2024-02-29 10:00:00.5+00"],
        ["'2024-02-29 10:00:00+0530'", "2024-02-29 04:30:00+00"],
      ],
    },
    { store: "TIME", type: undefined, declared: "time", values: [["'23:59:59.5'", "23:59:59.5"]] },
    {
      store: "DECIMAL(10,2)",
      type: undefined,
      declared: "decimal(10,2)",
      values: [
        ["12.34", "12.34"],
        ["5", "5.00"],
        ["'0.10'", "0.10"],
        ["-0.01", "-0.01"],
      ],
    },
    {
      store: "NUMERIC",
      type: undefined,
      declared: "double",
      values: [
        ["12.5", "12.5"],
        ["9007199254740992", "9007199254740992.0"],
      ],
    },
    {
      store: "NUMERIC",
      type: undefined,
      values: [
        ["12.5", "12.5"],
        ["7", "7"],
        ["'x'", "x"],
      ],
    },
    {
      store: "UUID",
      type: undefined,
      declared: "uuid",
      values: [["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    },
    { store: "JSON", type: undefined, declared: "json", values: [[`'{"a": 1.10}'`, `{"a": 1.10}`]] },
  ],
  refused: [
    {
      what: "text in an integer column",
      store: "INTEGER",
      declared: "bigint",
      literals: ["1", "'abc'", "'12x'", "NULL"],
      rows: 2,
    },
    { what: "a fraction in an integer column", store: "INTEGER", declared: "bigint", literals: ["1.5"], rows: 1 },
    {
      what: "an integer out of the declared range",
      store: "BOOLEAN",
      declared: "tinyint",
      literals: ["128", "127"],
      rows: 1,
    },
    { what: "a two in a boolean", store: "BOOLEAN", declared: "boolean", literals: ["2", "1"], rows: 1 },
    { what: "bytes in a text column", store: "TEXT", declared: "varchar", literals: ["x'00ff'", "'ok'"], rows: 1 },
    { what: "text in a bytes column", store: "BLOB", declared: "blob", literals: ["'00ff'"], rows: 1 },
    {
      what: "text that is not UTF-8",
      store: "TEXT",
      declared: "varchar",
      literals: ["CAST(x'ff41' AS TEXT)"],
      rows: 1,
    },
    { what: "text in a real column", store: "REAL", declared: "double", literals: ["'n/a'", "'n/a'"], rows: 2 },
    {
      what: "an integer no double holds",
      store: "NUMERIC",
      declared: "double",
      literals: ["9007199254740993"],
      rows: 1,
    },
    { what: "too many decimals", store: "NUMERIC", declared: "decimal(10,2)", literals: ["1.234"], rows: 1 },
    { what: "a number of seconds as a date", store: "DATE", declared: "date", literals: ["1700000000"], rows: 1 },
    {
      what: "an offset in a timestamp without zone",
      store: "DATETIME",
      declared: "timestamp",
      literals: ["'2024-02-29 10:00:00+02'"],
      rows: 1,
    },
    {
      what: "nanoseconds",
      store: "DATETIME",
      declared: "timestamp",
      literals: ["'2024-02-29 10:00:00.123456789'"],
      rows: 1,
    },
    { what: "an interval", store: "TEXT", declared: "interval", literals: [] },
  ],
};
