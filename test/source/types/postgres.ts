// Owns the type matrix of Postgres: what the suite of every source lands on a real server, and what docs/type-matrix.md shows. Runs nothing.
import type { StoreTypes } from "./store-types.ts";

export const postgresTypes: StoreTypes = {
  title: "Postgres",
  types: [
    {
      store: "smallint",
      type: "SMALLINT",
      values: [
        ["-32768", "-32768"],
        ["NULL", null],
      ],
    },
    { store: "integer", type: "INTEGER", values: [["2147483647", "2147483647"]] },
    {
      store: "bigint",
      type: "BIGINT",
      values: [
        ["9007199254740993", "9007199254740993"],
        ["-9223372036854775808", "-9223372036854775808"],
      ],
    },
    {
      store: "numeric(38,10)",
      type: "DECIMAL(38,10)",
      values: [["1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"]],
    },
    {
      store: "numeric(12,2)",
      type: "DECIMAL(12,2)",
      values: [
        ["-0.01", "-0.01"],
        ["NULL", null],
      ],
    },
    {
      store: "numeric",
      type: undefined,
      values: [
        ["123456789012345678901234567890123456789012.5", "123456789012345678901234567890123456789012.5"],
        ["'NaN'", "NaN"],
      ],
    },
    {
      store: "numeric",
      type: undefined,
      declared: "decimal(20,4)",
      values: [
        ["9999999999999999.9999", "9999999999999999.9999"],
        ["1.5000000", "1.5000"],
        ["NULL", null],
      ],
    },
    {
      store: "numeric",
      type: undefined,
      declared: "bigint",
      values: [
        ["9007199254740993", "9007199254740993"],
        ["7.0", "7"],
      ],
    },
    {
      store: "numeric(50,3)",
      type: undefined,
      declared: "decimal(38,3)",
      values: [["12345678901234567890.125", "12345678901234567890.125"]],
    },
    { store: "numeric(3,-2)", type: undefined, declared: "integer", values: [["12300", "12300"]] },
    {
      store: "money",
      type: undefined,
      declared: "decimal(19,2)",
      values: [
        ["'-12.34'", "-12.34"],
        ["92233720368547758.07", "92233720368547758.07"],
      ],
    },
    {
      store: "real",
      type: "FLOAT",
      values: [
        ["0.1", "0.1"],
        ["'NaN'", "nan"],
        ["'-Infinity'", "-inf"],
        ["16777216", "16777216.0"],
      ],
    },
    {
      store: "double precision",
      type: "DOUBLE",
      values: [
        ["0.1::float8 + 0.2::float8", "0.30000000000000004"],
        ["5e-324", "5e-324"],
        ["'Infinity'", "inf"],
      ],
    },
    {
      store: "boolean",
      type: "BOOLEAN",
      values: [
        ["true", "true"],
        ["false", "false"],
        ["NULL", null],
      ],
    },
    {
      store: "boolean",
      type: "BOOLEAN",
      declared: "varchar",
      values: [
        ["true", "true"],
        ["false", "false"],
      ],
    },
    {
      store: "text",
      type: "VARCHAR",
      values: [
        ["''", ""],
        ["NULL", null],
        ["'é'", "é"],
      ],
    },
    { store: "char(5)", type: "VARCHAR", values: [["'ab'", "ab   "]] },
    {
      store: "date",
      type: "DATE",
      values: [
        ["'2024-02-29'", "2024-02-29"],
        ["'0044-03-15 BC'", "0044-03-15 (BC)"],
        ["'5874897-12-31'", "5874897-12-31"],
        ["'infinity'", "infinity"],
        ["'-infinity'", "-infinity"],
      ],
    },
    {
      store: "time",
      type: "TIME",
      values: [
        ["'23:59:59.999999'", "23:59:59.999999"],
        ["'24:00'", "24:00:00"],
      ],
    },
    { store: "timetz", type: "TIME WITH TIME ZONE", values: [["'10:00:00.123456+05:30'", "10:00:00.123456+05:30"]] },
    {
      store: "timestamp",
      type: "TIMESTAMP",
      values: [
        ["'2024-01-06 10:00:00.123456'", "2024-01-06 10:00:00.123456"],
        ["'1969-12-31 23:59:59.999999'", "1969-12-31 23:59:59.999999"],
        ["'0044-03-15 10:00:00 BC'", "0044-03-15 (BC) 10:00:00"],
        ["'infinity'", "infinity"],
        ["'-infinity'", "-infinity"],
      ],
    },
    {
      store: "timestamptz",
      type: "TIMESTAMP WITH TIME ZONE",
      values: [
        ["'2024-01-06 10:00:00.000001+02'", "2024-01-06 08:00:00.000001+00"],
        ["'0001-01-01 00:00:00+00'", "0001-01-01 00:00:00+00"],
        ["'0044-03-15 10:00:00+00 BC'", "0044-03-15 (BC) 10:00:00+00"],
        ["'-infinity'", "-infinity"],
      ],
    },
    { store: "interval", type: "VARCHAR", values: [["'1 year -2 days 03:04:05.006'", "P1Y-2DT3H4M5.006S"]] },
    {
      store: "uuid",
      type: "UUID",
      values: [["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    },
    {
      store: "json",
      type: "JSON",
      values: [[`'{"a": 1.10, "b": [null, "x\\n"]}'`, `{"a": 1.10, "b": [null, "x\\n"]}`]],
    },
    {
      store: "jsonb",
      type: "JSON",
      values: [
        [`'{"n": 123456789012345678901234567890.10}'`, `{"n": 123456789012345678901234567890.10}`],
        ["'null'", "null"],
        ["NULL", null],
      ],
    },
    {
      store: "bytea",
      type: "BLOB",
      values: [
        ["'\\x00ff41'", "\\x00\\xFFA"],
        ["''", ""],
        ["NULL", null],
      ],
    },
    { store: "bytea", type: "BLOB", declared: "varchar", values: [["'\\x00ff41'", "00ff41"]] },
    {
      store: "bigint[]",
      type: "BIGINT[]",
      unchecked: true,
      values: [
        ["'{9007199254740993,NULL,-5}'", "[9007199254740993, NULL, -5]"],
        ["'{}'", "[]"],
        ["NULL", null],
      ],
    },
    {
      store: "text[]",
      type: "VARCHAR[]",
      unchecked: true,
      values: [[`ARRAY['a"b', '', NULL, 'x,y']`, `['a"b', '', NULL, 'x,y']`]],
    },
    {
      store: "numeric(30,10)[]",
      type: "DECIMAL(30,10)[]",
      unchecked: true,
      values: [["'{12345678901234567890.1234567891}'", "[12345678901234567890.1234567891]"]],
    },
    { store: "numeric[]", type: "VARCHAR", values: [["'{1.5,NULL}'", "{1.5,NULL}"]] },
    { store: "boolean[]", type: "BOOLEAN[]", unchecked: true, values: [["'{t,f}'", "[true, false]"]] },
    {
      store: "date[]",
      type: "DATE[]",
      unchecked: true,
      values: [["ARRAY['0044-03-15 BC', '2024-01-01']::date[]", "['0044-03-15 (BC)', 2024-01-01]"]],
    },
    {
      store: "timestamptz[]",
      type: "TIMESTAMP WITH TIME ZONE[]",
      unchecked: true,
      values: [["ARRAY['2024-01-06 10:00+02']::timestamptz[]", "['2024-01-06 08:00:00+00']"]],
    },
    { store: "jsonb[]", type: "JSON", values: [[`ARRAY['{"a": 1.10}']::jsonb[]`, `[{"a": 1.10}]`]] },
    { store: "inet", type: "VARCHAR", values: [["'10.0.0.1/8'", "10.0.0.1/8"]] },
    { store: "int4range", type: "VARCHAR", values: [["'[1,5)'", "[1,5)"]] },
    { store: "bit(3)", type: "VARCHAR", values: [["B'101'", "101"]] },
    { store: "point", type: "VARCHAR", values: [["'(1,2)'", "(1,2)"]] },
    { store: "oid", type: "UINTEGER", values: [["4294967295", "4294967295"]] },
  ],
  refused: [
    {
      what: "an unlimited number with too many decimals",
      store: "numeric",
      declared: "decimal(10,2)",
      literals: ["1.23", "1.234", "5.678"],
      rows: 2,
    },
    {
      what: "an unlimited number that is too large",
      store: "numeric",
      declared: "decimal(5,2)",
      literals: ["999.99", "1000"],
      rows: 1,
    },
    {
      what: "NaN as a decimal",
      store: "numeric",
      declared: "decimal(5,2)",
      literals: ["'NaN'", "'Infinity'", "'-Infinity'", "NULL"],
      rows: 3,
    },
    { what: "a fraction as an integer", store: "numeric", declared: "bigint", literals: ["1.5"], rows: 1 },
    { what: "an unlimited number as a double", store: "numeric", declared: "double", literals: [] },
  ],
};
