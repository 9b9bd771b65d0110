// Which changes of a store's type lose nothing.
import { describe, expect, it } from "vitest";
import { isLosslessWidening, sameType } from "../../core/contract/index.ts";

const WIDENED: readonly (readonly [from: string, to: string])[] = [
  ["smallint", "integer"],
  ["int", "bigint"],
  ["int(11)", "bigint(20)"],
  ["int(10) unsigned", "bigint(20)"],
  ["tinyint unsigned", "smallint unsigned"],
  ["INTEGER", "BIGINT"],
  ["UINTEGER", "BIGINT"],
  ["bigint", "hugeint"],
  ["numeric(10,2)", "numeric(12,2)"],
  ["decimal(10,2) unsigned", "decimal(10,2)"],
  ["DECIMAL(10,2)", "DECIMAL(18,2)"],
  ["character varying(20)", "character varying(50)"],
  ["varchar(20)", "text"],
  ["mediumtext", "text"],
  ["tinytext", "longtext"],
  ["varbinary(16)", "varbinary(32)"],
  ["real", "double precision"],
  ["float", "double"],
  ["timestamp(3) without time zone", "timestamp(6) without time zone"],
  ["timestamp(0) with time zone", "timestamp with time zone"],
  ["datetime(3)", "datetime(6)"],
  ["enum('new','paid')", "enum('new','sent','paid')"],
];

const NOT_WIDENED: readonly (readonly [from: string, to: string])[] = [
  ["bigint", "int"],
  ["int", "int"],
  ["int", "int(11)"],
  ["int", "int unsigned"],
  ["bigint unsigned", "bigint"],
  ["int", "numeric(20,0)"],
  ["int", "double precision"],
  ["bigint", "text"],
  ["numeric(10,2)", "numeric(12,4)"],
  ["numeric(12,2)", "numeric(10,2)"],
  ["numeric(10,2)", "numeric"],
  ["numeric", "numeric(38,2)"],
  ["decimal(10,2)", "decimal(12,2) unsigned"],
  ["double precision", "real"],
  ["varchar(50)", "varchar(20)"],
  ["text", "varchar(20)"],
  ["character(10)", "character(20)"],
  ["character(10)", "text"],
  ["date", "timestamp without time zone"],
  ["timestamp without time zone", "timestamp with time zone"],
  ["time", "time with time zone"],
  ["varchar(20)", "varbinary(40)"],
  ["uuid", "text"],
  ["json", "jsonb"],
  ["boolean", "smallint"],
  ["tinyint(1)", "smallint"],
  ["enum('new','paid')", "enum('new','void')"],
  ["float(7,2)", "double"],
  ["integer[]", "bigint[]"],
  ["geometry", "text"],
];

describe("a change of type", () => {
  it.each(WIDENED)("from %s to %s loses nothing", (from, to) => {
    expect(isLosslessWidening(from, to)).toBe(true);
    expect(isLosslessWidening(to, from)).toBe(false);
  });
  it.each(NOT_WIDENED)("from %s to %s is no lossless widening", (from, to) => {
    expect(isLosslessWidening(from, to)).toBe(false);
  });
});

describe("two spellings", () => {
  it.each([
    ["int(11)", "INT"],
    ["int4", "integer"],
    ["varchar(20)", "character varying(20)"],
    ["double", "double precision"],
    ["timestamp with time zone", "TIMESTAMPTZ"],
    ["numeric(10,2)", "DECIMAL(10, 2)"],
  ])("%s and %s mean one type", (a, b) => expect(sameType(a, b)).toBe(true));
  it.each([
    ["tinyint(1)", "tinyint"],
    ["int", "int unsigned"],
    ["enum('a')", "enum('b')"],
    ["varchar(20)", "varchar(21)"],
    ["timestamp", "timestamptz"],
  ])("%s and %s mean two types", (a, b) => expect(sameType(a, b)).toBe(false));
});
