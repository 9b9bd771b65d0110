// Owns saying where a reference is written, for problems that are found once the query is compiled.
import type { Location } from "../../errors/index.ts";
import { bindSql } from "../../manifest/index.ts";
import { stableName } from "../stable-name.ts";
import type { ModelWork } from "../types.ts";

/** Where the query names a model it reads; the model's own place when that cannot be told. */
export function placeOfReference({ sql, draft }: ModelWork, id: string): Location {
  const slot = sql?.slots.find(({ model }) => model === id);
  return (sql && slot && bindSql(sql, stableName).locate(slot.start)) ?? draft.location;
}

export function placeText({ file, line }: Location): string {
  return line === undefined ? file : `${file}:${line}`;
}
