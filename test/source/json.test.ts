// Reading JSON without loss: agreement with JavaScript's own reader, and what that one loses or lets pass.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonCellEncoder } from "../../core/source/json/cell-of-json.ts";
import { type JsonNode, JsonTextError, nodeAt, placeInText, readJson } from "../../core/source/json/read-json.ts";
import { REFUSED } from "../../core/source/row-encoder.ts";

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return node.value;
    case "number":
      return Number(node.text);
    case "array":
      return node.items.map(plain);
    case "object":
      return Object.fromEntries([...node.members].map(([key, value]) => [key, plain(value)]));
  }
}

describe("JSON text", () => {
  test("means what it means to JSON.parse, however it is spaced", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: "grapheme" }).filter((value) => !JSON.stringify(value).includes("__proto__")),
        fc.constantFrom(0, 1, 2, "\t"),
        (value, space) => {
          const text = JSON.stringify(value, null, space);
          expect(plain(readJson(text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test("keeps digits and nested values as they stand", () => {
    const node = readJson('{"id": 9007199254740993, "price": 1.10, "tags": [ 1,  {"a": 1e2} ]}');
    expect(nodeAt(node, "id")).toEqual({ kind: "number", text: "9007199254740993" });
    expect(nodeAt(node, "price")).toEqual({ kind: "number", text: "1.10" });
    expect(nodeAt(node, "tags")).toMatchObject({ text: '[ 1,  {"a": 1e2} ]' });
    expect(nodeAt(node, "tags.0")).toBeUndefined();
  });

  test.each([
    ["", 0],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a":1,"a":2}', 7],
    ["{a:1}", 1],
    ['{"a" 1}', 5],
    ["01", 1],
    ["1.", 1],
    ["+1", 0],
    ["NaN", 0],
    ['"\u0001"', 0],
    ['"\\x"', 0],
    ['"abc', 0],
    ['"\\ud800"', 0],
    ["[] []", 3],
    ["tru", 0],
    [`${"[".repeat(600)}`, 501],
  ])("refuses %j at its place", (text, offset) => {
    try {
      readJson(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(JsonTextError);
      expect((error as JsonTextError).offset).toBe(offset);
    }
  });

  test("of many megabytes is read", () => {
    const long = "é\\n".repeat(2_000_000);
    expect(readJson(`["${long}"]`)).toMatchObject({ items: [{ value: "é\n".repeat(2_000_000) }] });
  });

  test("has lines and columns", () => {
    expect(placeInText("a\nbc\nd", 3)).toEqual({ line: 2, column: 2 });
    expect(placeInText("abc", 0)).toEqual({ line: 1, column: 1 });
  });
});

describe("a cell", () => {
  test.each([
    ["bigint", "9223372036854775807", "9223372036854775807"],
    ["bigint", "9223372036854775808", REFUSED],
    ["bigint", '"42"', "42"],
    ["bigint", "7.0", "7"],
    ["bigint", "7.5", REFUSED],
    ["bigint", "1e3", REFUSED],
    ["bigint", "true", REFUSED],
    ["decimal(6,2)", "1.10", "1.10"],
    ["decimal(6,2)", "1.105", REFUSED],
    ["decimal(6,2)", '"12.5"', "12.5"],
    ["boolean", "true", "true"],
    ["boolean", '"true"', REFUSED],
    ["boolean", "1", REFUSED],
    ["double", "1e300", "1e300"],
    ["double", "1e400", REFUSED],
    ["varchar", '"x"', "x"],
    ["varchar", '""', ""],
    ["varchar", "5", REFUSED],
    ["date", '"2024-02-29"', "2024-02-29"],
    ["date", '"29.2.2024"', REFUSED],
    ["timestamp", '"2024-02-29T21:59:59.123456"', "2024-02-29T21:59:59.123456"],
    ["timestamp", '"2024-02-29T21:59:59Z"', REFUSED],
    ["timestamptz", '"2024-02-29T21:59:59.5Z"', "2024-02-29 21:59:59.5+00"],
    ["timestamptz", '"2024-02-29T21:59:59+0530"', "2024-02-29 21:59:59+05:30"],
    ["timestamptz", '"2024-02-29T21:59:59"', REFUSED],
    ["timestamptz", '"2024-02-29T21:59:59.1234567Z"', REFUSED],
    ["uuid", '"0188d4c0-0000-7000-8000-000000000000"', "0188d4c0-0000-7000-8000-000000000000"],
    ["json", '{"a": [1,  2]}', '{"a": [1,  2]}'],
    ["json", "1.10", "1.10"],
    ["json", '"x"', '"x"'],
    ["bigint", "null", null],
  ])("declared %s takes %s as %s", (declared, text, expected) => {
    expect(jsonCellEncoder(declared)?.(readJson(text))).toBe(expected);
  });

  test("of a type that JSON has no value for is refused as such", () => {
    expect(jsonCellEncoder("blob")).toBeUndefined();
    expect(jsonCellEncoder("interval")).toBeUndefined();
  });

  test("that is missing is NULL", () => {
    expect(jsonCellEncoder("bigint")?.(undefined)).toBeNull();
  });
});
