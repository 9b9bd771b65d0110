// Owns how a converter says no: with what it expected. The value itself is never part of it.

export class Refusal {
  /** Completes "was given …, expected …". */
  readonly expected: string;
  /** Completes "was given …"; the value's JavaScript type unless something narrower is wrong. */
  readonly got: string;

  constructor(expected: string, got: string) {
    this.expected = expected;
    this.got = got;
  }
}

/** `a string`, `NaN`, `a Date`, `an Array`: the kind of value, not the value. */
export function describeType(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "undefined";
  if (typeof value === "number")
    return Number.isNaN(value) ? "NaN" : Number.isFinite(value) ? "a number" : "an infinite number";
  if (typeof value === "object") {
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    if (value instanceof Date && Number.isNaN(value.getTime())) return "an invalid Date";
    return name === undefined || name === "Object" ? "an object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  }
  return `a ${typeof value}`;
}
