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
    // Integers at their ends.
    { store: "tinyint unsigned", type: "UTINYINT", declared: "smallint", values: [["0", "0"]] },
    {
      store: "tinyint(1)",
      type: undefined,
      declared: "smallint",
      values: [
        ["127", "127"],
        ["-128", "-128"],
      ],
    },
    { store: "smallint unsigned", type: "USMALLINT", values: [["65535", "65535"]] },
    {
      store: "mediumint",
      type: "INTEGER",
      values: [
        ["-8388608", "-8388608"],
        ["8388607", "8388607"],
      ],
    },
    {
      store: "int",
      type: "INTEGER",
      values: [
        ["-2147483648", "-2147483648"],
        ["2147483647", "2147483647"],
      ],
    },
    {
      store: "int unsigned",
      type: "UINTEGER",
      values: [
        ["4294967295", "4294967295"],
        ["0", "0"],
      ],
    },
    {
      store: "int",
      type: "INTEGER",
      declared: "decimal(12,2)",
      values: [
        ["-5", "-5.00"],
        ["NULL", null],
      ],
    },
    { store: "int", type: "INTEGER", declared: "double", unchecked: true, values: [["7", "7.0"]] },
    { store: "int(8) zerofill", type: "UINTEGER", declared: "varchar", values: [["42", "00000042"]] },
    {
      store: "bigint(20) unsigned zerofill",
      type: "UBIGINT",
      values: [
        ["7", "7"],
        ["18446744073709551615", "18446744073709551615"],
      ],
    },
    // Decimals of every width the store has.
    {
      store: "decimal(38,0)",
      type: "DECIMAL(38,0)",
      values: [["99999999999999999999999999999999999999", "99999999999999999999999999999999999999"]],
    },
    {
      store: "decimal(38,38)",
      type: "DECIMAL(38,38)",
      values: [["-0.00000000000000000000000000000000000001", "-.00000000000000000000000000000000000001"]],
    },
    {
      store: "decimal(3,3)",
      type: "DECIMAL(3,3)",
      values: [
        ["0.1", ".100"],
        ["0", ".000"],
      ],
    },
    {
      store: "decimal(10,3) unsigned zerofill",
      type: "DECIMAL(10,3)",
      values: [
        ["1.5", "1.500"],
        ["0", "0.000"],
      ],
    },
    {
      store: "decimal(5,2)",
      type: "DECIMAL(5,2)",
      values: [
        ["-0.001", "0.00"],
        ["-999.99", "-999.99"],
      ],
    },
    { store: "decimal(9,2)", type: "DECIMAL(9,2)", declared: "decimal(20,4)", values: [["-1.25", "-1.2500"]] },
    {
      store: "decimal(65,0)",
      type: undefined,
      values: [
        [
          "99999999999999999999999999999999999999999999999999999999999999999",
          "99999999999999999999999999999999999999999999999999999999999999999",
        ],
      ],
    },
    {
      store: "decimal(65,0)",
      type: undefined,
      declared: "hugeint",
      values: [["-170141183460469231731687303715884105728", "-170141183460469231731687303715884105728"]],
    },
    {
      store: "decimal(65,30)",
      type: undefined,
      declared: "decimal(38,30)",
      values: [
        ["12345678.000000000000000000000000000001", "12345678.000000000000000000000000000001"],
        ["NULL", null],
      ],
    },
    {
      store: "decimal(50,3)",
      type: undefined,
      declared: "bigint",
      values: [
        ["-7.000", "-7"],
        ["0.000", "0"],
      ],
    },
    // Floats keep every bit; a zero has no sign, since the server prints none.
    {
      store: "float",
      type: "FLOAT",
      values: [
        ["3.4028234e38", "3.4028235e+38"],
        ["1.17549435e-38", "1.1754944e-38"],
        ["1.5e-45", "1e-45"],
        ["-8.4e-41", "-8.4e-41"],
        ["-123456.789", "-123456.79"],
        ["0", "0.0"],
        ["NULL", null],
      ],
    },
    { store: "float", type: "FLOAT", declared: "double", values: [["0.1", "0.10000000149011612"]] },
    { store: "float(7,2)", type: "FLOAT", values: [["12345.67", "12345.67"]] },
    {
      store: "double",
      type: "DOUBLE",
      values: [
        ["5e-324", "5e-324"],
        ["-1e0 * 0", "0.0"],
        ["123456789012345680", "1.2345678901234568e+17"],
        ["1e15", "1000000000000000.0"],
        ["-1e23", "-1e+23"],
        ["NULL", null],
      ],
    },
    {
      store: "double",
      type: "DOUBLE",
      declared: "varchar",
      values: [
        ["1e15", "1e15"],
        ["0.5", "0.5"],
      ],
    },
    { store: "double(20,2)", type: "DOUBLE", values: [["123456789.99", "123456789.99"]] },
    // Bits, as the number they are.
    {
      store: "bit(8)",
      type: "UBIGINT",
      values: [
        ["b'10000001'", "129"],
        ["0", "0"],
        ["NULL", null],
      ],
    },
    { store: "bit(33)", type: "UBIGINT", values: [["b'100000000000000000000000000000001'", "4294967297"]] },
    // Text: the server strips the padding of CHAR, and keeps the blanks of VARCHAR.
    {
      store: "char(5)",
      type: "VARCHAR",
      values: [
        ["'ab   '", "ab"],
        ["'  ab'", "  ab"],
        ["NULL", null],
      ],
    },
    {
      store: "varchar(10)",
      type: "VARCHAR",
      values: [
        ["'ab   '", "ab   "],
        ["'   '", "   "],
        ["''", ""],
      ],
    },
    { store: "varchar(20) COLLATE utf8mb4_bin", type: "VARCHAR", values: [["'a\"b,\\\\c'", 'a"b,\\c']] },
    { store: "varchar(20) COLLATE utf8mb4_turkish_ci", type: "VARCHAR", values: [["'Iİıi'", "Iİıi"]] },
    { store: "tinytext", type: "VARCHAR", values: [["'é'", "é"]] },
    { store: "mediumtext", type: "VARCHAR", values: [["'\\\\.'", "\\."]] },
    { store: "longtext", type: "VARCHAR", values: [["'x'", "x"]] },
    { store: "varchar(20) CHARACTER SET utf8mb3", type: "VARCHAR", values: [["'漢é'", "漢é"]] },
    {
      store: "varchar(20) CHARACTER SET latin1",
      type: "VARCHAR",
      values: [
        ["'€ „'", "€ „"],
        ["_latin1 x'81'", "\u0081"],
        ["NULL", null],
      ],
    },
    { store: "varchar(20) CHARACTER SET ascii", type: "VARCHAR", values: [["'a?b'", "a?b"]] },
    { store: "varchar(20) CHARACTER SET ucs2", type: "VARCHAR", values: [["'漢'", "漢"]] },
    { store: "varchar(20) CHARACTER SET utf16", type: "VARCHAR", values: [["'😀'", "😀"]] },
    { store: "varchar(20) CHARACTER SET utf32", type: "VARCHAR", values: [["'😀'", "😀"]] },
    { store: "varchar(20) CHARACTER SET sjis", type: "VARCHAR", values: [["'漢?表'", "漢?表"]] },
    { store: "varchar(20) CHARACTER SET cp932", type: "VARCHAR", values: [["_cp932 x'fa54'", "￢"]] },
    { store: "varchar(20) CHARACTER SET gbk", type: "VARCHAR", values: [["'漢'", "漢"]] },
    { store: "varchar(20) CHARACTER SET koi8r", type: "VARCHAR", values: [["'Жук?'", "Жук?"]] },
    { store: "varchar(20) CHARACTER SET cp1251 NOT NULL", type: "VARCHAR", values: [["'Жук'", "Жук"]] },
    {
      store: "varchar(40)",
      type: "VARCHAR",
      declared: "uuid",
      values: [
        ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ["'{a0eebc999c0b4ef8bb6d6bb9bd380a11}'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ["NULL", null],
      ],
    },
    { store: "varchar(40)", type: "VARCHAR", declared: "json", values: [[`'{"a":  1}'`, `{"a":  1}`]] },
    { store: "varchar(40)", type: "VARCHAR", declared: "integer", unchecked: true, values: [["'12'", "12"]] },
    // Bytes: BINARY is padded with zeros by the server.
    {
      store: "varbinary(5)",
      type: "BLOB",
      values: [
        ["x'2020'", "  "],
        ["x'00'", "\\x00"],
        ["''", ""],
      ],
    },
    { store: "tinyblob", type: "BLOB", values: [["x'ff'", "\\xFF"]] },
    { store: "mediumblob", type: "BLOB", values: [["x'22'", "\\x22"]] },
    {
      store: "longblob",
      type: "BLOB",
      declared: "varchar",
      values: [
        ["x'c3a9'", "C3A9"],
        ["''", ""],
        ["NULL", null],
      ],
    },
    { store: "varchar(5) CHARACTER SET binary", type: "BLOB", values: [["x'ff'", "\\xFF"]] },
    // Times.
    { store: "date", type: "DATE", declared: "timestamp", values: [["'2024-02-29'", "2024-02-29 00:00:00"]] },
    {
      store: "datetime",
      type: "TIMESTAMP",
      values: [
        ["'9999-12-31 23:59:59'", "9999-12-31 23:59:59"],
        ["'0001-01-01 00:00:00'", "0001-01-01 00:00:00"],
      ],
    },
    {
      store: "datetime(3)",
      type: "TIMESTAMP",
      values: [
        ["'2024-02-29 10:00:00.120'", "2024-02-29 10:00:00.12"],
        ["'2024-02-29 10:00:00'", "2024-02-29 10:00:00"],
        ["NULL", null],
      ],
    },
    {
      store: "datetime",
      type: "TIMESTAMP",
      declared: "varchar",
      values: [["'2024-00-10 00:00:00'", "2024-00-10 00:00:00"]],
    },
    {
      store: "timestamp(3) NULL",
      type: "TIMESTAMP WITH TIME ZONE",
      values: [
        ["from_unixtime(1)", "1970-01-01 00:00:01+00"],
        ["from_unixtime(2147483647.5)", "2038-01-19 03:14:07.5+00"],
      ],
    },
    {
      store: "time(2)",
      type: undefined,
      declared: "interval",
      values: [
        ["'-00:00:01.50'", "-00:00:01.5"],
        ["'100:00:00'", "100:00:00"],
      ],
    },
    { store: "time(6)", type: undefined, values: [["'-838:59:59.000001'", "-838:59:59.000001"]] },
    {
      store: "year",
      type: "SMALLINT",
      values: [
        ["1901", "1901"],
        ["2155", "2155"],
        ["0", "0"],
        ["NULL", null],
      ],
    },
    // Sets of words.
    {
      store: `enum('a,b','c"d','é','')`,
      type: "VARCHAR",
      values: [
        ["'a,b'", "a,b"],
        [`'c"d'`, 'c"d'],
        ["'é'", "é"],
        ["''", ""],
        ["NULL", null],
      ],
    },
    { store: "enum('漢') CHARACTER SET sjis", type: "VARCHAR", values: [["'漢'", "漢"]] },
    {
      store: "set('a','b')",
      type: "VARCHAR",
      values: [
        ["''", ""],
        ["NULL", null],
      ],
    },
    {
      store: "json",
      type: "JSON",
      values: [
        ["'null'", "null"],
        ["NULL", null],
        [`'[1, 2.50, 1e400, "\\\\u00e9"]'`, `[1, 2.50, 1e400, "\\u00e9"]`],
      ],
    },
    // MariaDB's own.
    {
      store: "uuid",
      type: "UUID",
      values: [
        ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ["NULL", null],
      ],
    },
    {
      store: "uuid",
      type: "UUID",
      declared: "varchar",
      values: [["'00000000-0000-0000-0000-000000000000'", "00000000-0000-0000-0000-000000000000"]],
    },
    {
      store: "inet4",
      type: "VARCHAR",
      values: [
        ["'10.0.0.1'", "10.0.0.1"],
        ["NULL", null],
      ],
    },
    { store: "inet6", type: "VARCHAR", values: [["'::ffff:1.2.3.4'", "::ffff:1.2.3.4"]] },
    {
      store: "linestring",
      type: "BLOB",
      declared: "varchar",
      values: [
        [
          "ST_GeomFromText('LINESTRING(0 0, 1 -1)')",
          "01020000000200000000000000000000000000000000000000000000000000F03F000000000000F0BF",
        ],
        ["NULL", null],
      ],
    },
    {
      store: "geometry",
      type: "BLOB",
      values: [
        [
          "ST_GeomFromText('POINT(0 0)')",
          "\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00",
        ],
      ],
    },
    // A column's value may be computed, when it is written or when it is read.
    {
      store: "int AS (n * 2) VIRTUAL",
      type: "INTEGER",
      values: [
        ["DEFAULT", "0"],
        ["DEFAULT", "2"],
      ],
    },
    {
      store: "varchar(20) AS (concat('n', n)) PERSISTENT",
      type: "VARCHAR",
      values: [
        ["DEFAULT", "n0"],
        ["DEFAULT", "n1"],
      ],
    },
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
    {
      what: "the 31st of February",
      store: "date",
      setup: ["SET sql_mode = 'ALLOW_INVALID_DATES'"],
      declared: "date",
      literals: ["'2024-02-31'", "'2024-02-29'", "'2024-12-31'"],
      rows: 1,
    },
    { what: "a year of zero", store: "date", declared: "date", literals: ["'0000-01-01'", "'2024-00-00'"], rows: 2 },
    {
      what: "a negative instant of a day",
      store: "time(6)",
      declared: "time",
      literals: ["'-00:00:00.000001'", "'24:00:00.000000'", "'00:00:00'", "'23:59:59.999999'"],
      rows: 2,
    },
    {
      what: "a negative number as unsigned",
      store: "decimal(65,0)",
      declared: "ubigint",
      literals: ["-1", "18446744073709551616", "18446744073709551615"],
      rows: 2,
    },
    {
      what: "more decimals than declared",
      store: "decimal(65,30)",
      declared: "decimal(38,10)",
      literals: ["0.00000000001", "0.0000000001"],
      rows: 1,
    },
    {
      what: "a character Unicode does not have",
      store: "varchar(10) CHARACTER SET cp1251",
      declared: "varchar",
      literals: ["_cp1251 x'98'", "_cp1251 x'3f98'", "'?'"],
      rows: 2,
    },
    {
      what: "a code of no character",
      store: "varchar(10) CHARACTER SET gbk",
      declared: "varchar",
      literals: ["_gbk x'fefe'", "'漢'"],
      rows: 1,
    },
    { what: "a decimal without a type as a boolean", store: "decimal(50,3)", declared: "boolean", literals: [] },
    { what: "a time as a double", store: "time", declared: "double", literals: [] },
  ],
};
