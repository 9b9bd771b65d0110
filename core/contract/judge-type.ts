// Owns whether those who read a column of one type can read it as another, told from the types alone.
import { isLosslessWidening, sameType } from "./store-type.ts";

/** `wider`: every value there was is there as it was, and others may come. */
export type TypeVerdict = "same" | "wider" | "changed";

/** Types as DuckDB writes them. */
export function judgeType(was: string, now: string): TypeVerdict {
  if (sameType(was, now)) return "same";
  const [listWas, listNow] = [was, now].map((type) => /^(.*)\[\]$/s.exec(type.trim())?.[1]);
  if (listWas !== undefined && listNow !== undefined) return judgeType(listWas, listNow);
  if (isLosslessWidening(was, now) || isWiderDecimal(was, now) || isEnumAsText(was, now)) return "wider";
  return "changed";
}

/** With more digits after the point every value is the same number, and no fewer digits may stand before it. */
function isWiderDecimal(was: string, now: string): boolean {
  const [from, to] = [was, now].map((type) => /^decimal\((\d+),\s*(\d+)\)$/i.exec(type.trim()));
  if (!from || !to) return false;
  const [precision, scale, newPrecision, newScale] = [from[1], from[2], to[1], to[2]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return newScale >= scale && newPrecision - newScale >= precision - scale;
}

function isEnumAsText(was: string, now: string): boolean {
  return /^enum\s*\(/i.test(was) && /^(varchar|text)$/i.test(now);
}
