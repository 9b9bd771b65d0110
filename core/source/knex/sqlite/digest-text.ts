// Owns a SQLite cell's canonical text for the digest, told from the storage class in which the driver gives it.

import { declaredType } from "../../declared-type.ts";
import { canonicalText, floatBits } from "../../digest/canonical-text.ts";

export interface DigestColumn {
  readonly declared: string;
  readonly exact: string | undefined;
}

/** undefined when the type has no such text. Text comes as its bytes in the file's encoding. */
export function digestText(
  { declared, exact }: DigestColumn,
  encoding: string,
): ((cell: unknown) => string | null) | undefined {
  const type = declaredType(declared);
  const ofText = canonicalText(declared);
  if (ofText === undefined) return undefined;
  const isHex = type.kind === "blob" || (type.kind === "text" && exact === "BLOB");
  const ofNumber = (value: number) => {
    if (type.kind === "double" || type.kind === "float") return floatBits(value, type.kind);
    return ofText(type.kind === "text" ? printedReal(value) : String(value));
  };
  return (cell) => {
    if (cell === null || cell === undefined) return null;
    if (typeof cell === "bigint")
      return type.kind === "double" ? floatBits(Number(cell), "double") : ofText(String(cell));
    if (typeof cell === "number") return ofNumber(cell);
    const bytes = cell as Uint8Array;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return isHex ? buffer.toString("hex") : ofText(decode(buffer, encoding));
  };
}

/** A number of SQLite as text always shows that it is a real. */
function printedReal(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return Math.abs(value) < 1e15 && !/[.e]/.test(text) ? `${text}.0` : text;
}

function decode(bytes: Buffer, encoding: string): string {
  if (encoding === "UTF-8") return bytes.toString("utf8");
  return new TextDecoder(encoding === "UTF-16be" ? "utf-16be" : "utf-16le").decode(bytes);
}
