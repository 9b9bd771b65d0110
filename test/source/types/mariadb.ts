// Owns the type matrix of MySQL and MariaDB: what the suite of every source lands on a real server, and what docs/type-matrix.md shows. Runs nothing.
import type { StoreTypes } from "./store-types.ts";

export const mariadbTypes: StoreTypes = {
  title: "MySQL and MariaDB",
  types: [
    {
      store: "tinyint",
      type: "TINYINT",
      values: [
        ["-128", "-128"],
        ["NULL", null],
      ],
    },
    {
      store: "tinyint(1)",
      type: undefined,
      declared: "boolean",
      values: [
        ["1", "true"],
        ["0", "false"],
        ["NULL", null],
      ],
    },
    { store: "boolean", type: undefined, declared: "tinyint", values: [["-128", "-128"]] },
    { store: "tinyint unsigned", type: "UTINYINT", values: [["255", "255"]] },
    { store: "smallint", type: "SMALLINT", values: [["-32768", "-32768"]] },
    { store: "mediumint unsigned", type: "UINTEGER", values: [["16777215", "16777215"]] },
    { store: "int zerofill", type: "UINTEGER", values: [["42", "42"]] },
    {
      store: "bigint",
      type: "BIGINT",
      values: [
        ["9007199254740993", "9007199254740993"],
        ["-9223372036854775808", "-9223372036854775808"],
      ],
    },
    { store: "bigint unsigned", type: "UBIGINT", values: [["18446744073709551615", "18446744073709551615"]] },
    {
      store: "decimal(38,10)",
      type: "DECIMAL(38,10)",
      values: [["1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"]],
    },
    {
      store: "decimal(12,2)",
      type: "DECIMAL(12,2)",
      values: [
        ["-0.01", "-0.01"],
        ["NULL", null],
      ],
    },
    {
      store: "decimal(50,3)",
      type: undefined,
      declared: "decimal(38,3)",
      values: [["12345678901234567890.125", "12345678901234567890.125"]],
    },
    { store: "decimal(50,3)", type: undefined, declared: "bigint", values: [["7", "7"]] },
    {
      store: "float",
      type: "FLOAT",
      values: [
        ["0.1", "0.1"],
        ["16777216", "16777216.0"],
        ["1.2345678", "1.2345678"],
      ],
    },
    {
      store: "double",
      type: "DOUBLE",
      values: [
        ["0.1e0 + 0.2e0", "0.30000000000000004"],
        ["2.2250738585072014e-308", "2.2250738585072014e-308"],
        ["1.7976931348623157e308", "1.7976931348623157e+308"],
      ],
    },
    { store: "double(20,2)", type: "DOUBLE", values: [["1.25", "1.25"]] },
    {
      store: "bit(1)",
      type: "BOOLEAN",
      values: [
        ["b'1'", "true"],
        ["b'0'", "false"],
      ],
    },
    { store: "bit(64)", type: "UBIGINT", values: [["18446744073709551615", "18446744073709551615"]] },
    {
      store: "char(5)",
      type: "VARCHAR",
      values: [
        ["'ab'", "ab"],
        ["''", ""],
      ],
    },
    { store: "varchar(20) CHARACTER SET latin1", type: "VARCHAR", values: [["'é'", "é"]] },
    {
      store: "text",
      type: "VARCHAR",
      values: [
        ["''", ""],
        ["NULL", null],
        ["'漢😀'", "漢😀"],
      ],
    },
    { store: "binary(3)", type: "BLOB", values: [["x'00ff'", "\\x00\\xFF\\x00"]] },
    {
      store: "blob",
      type: "BLOB",
      values: [
        ["x'00ff41'", "\\x00\\xFFA"],
        ["''", ""],
        ["NULL", null],
      ],
    },
    {
      store: "date",
      type: "DATE",
      values: [
        ["'2024-02-29'", "2024-02-29"],
        ["'0001-01-01'", "0001-01-01"],
        ["'9999-12-31'", "9999-12-31"],
      ],
    },
    {
      store: "datetime(6)",
      type: "TIMESTAMP",
      values: [
        ["'2024-02-29 10:00:00.123456'", "2024-02-29 10:00:00.123456"],
        ["'1000-01-01 00:00:00'", "1000-01-01 00:00:00"],
      ],
    },
    {
      store: "timestamp(6) NULL",
      type: "TIMESTAMP WITH TIME ZONE",
      values: [
        ["from_unixtime(1700000000.000001)", "2023-11-14 22:13:20.000001+00"],
        ["NULL", null],
      ],
    },
    { store: "date", type: "DATE", declared: "varchar", values: [["'0000-00-00'", "0000-00-00"]] },
    {
      store: "time(6)",
      type: undefined,
      declared: "time",
      values: [
        ["'23:59:59.999999'", "23:59:59.999999"],
        ["NULL", null],
      ],
    },
    { store: "time", type: undefined, declared: "interval", values: [["'-838:59:59'", "-838:59:59"]] },
    { store: "time", type: undefined, values: [["'26:00:00'", "26:00:00"]] },
    { store: "year", type: "SMALLINT", values: [["2024", "2024"]] },
    { store: "enum('ok','bad')", type: "VARCHAR", values: [["'bad'", "bad"]] },
    { store: "set('a','b')", type: "VARCHAR", values: [["'a,b'", "a,b"]] },
    { store: "json", type: "JSON", values: [[`'{"a": 1.10, "b": ["é"]}'`, `{"a": 1.10, "b": ["é"]}`]] },
    {
      store: "uuid",
      type: "UUID",
      values: [["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    },
    { store: "inet6", type: "VARCHAR", values: [["'::1'", "::1"]] },
    {
      store: "point",
      type: "BLOB",
      declared: "varchar",
      values: [["point(1, 2)", "0101000000000000000000F03F0000000000000040"]],
    },
  ],
  refused: [
    {
      what: "a zero date",
      store: "date",
      declared: "date",
      literals: ["'0000-00-00'", "'2024-01-01'", "NULL"],
      rows: 1,
    },
    {
      what: "a month of zero",
      store: "datetime",
      declared: "timestamp",
      literals: ["'2024-00-10 00:00:00'", "'0000-00-00 00:00:00'"],
      rows: 2,
    },
    {
      what: "a zero timestamp",
      store: "timestamp NULL",
      declared: "timestamptz",
      literals: ["'0000-00-00 00:00:00'"],
      rows: 1,
    },
    {
      what: "a time beyond a day",
      store: "time",
      declared: "time",
      literals: ["'24:00:00'", "'-00:00:01'", "'23:00:00'"],
      rows: 2,
    },
    { what: "a two in a boolean", store: "tinyint(1)", declared: "boolean", literals: ["2", "1"], rows: 1 },
    {
      what: "a number too large for its decimal",
      store: "decimal(50,3)",
      declared: "decimal(5,3)",
      literals: ["100", "99.999"],
      rows: 1,
    },
    { what: "a fraction as an integer", store: "decimal(50,3)", declared: "bigint", literals: ["1.5"], rows: 1 },
    { what: "a time as a double", store: "time", declared: "double", literals: [] },
  ],
};
