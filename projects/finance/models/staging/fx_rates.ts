// A rate for every currency and day. A real mesh would ask a bank's API here, with `signal` passed to fetch; the example
// makes the rates up so that it runs anywhere, and makes the same ones every time.
import { defineModel, ref } from "mesh-elt";

const DAY_MS = 86_400_000;
/** How far a rate can move in a day. */
const DAILY_MOVE = 0.004;

/** A repeatable number between -1 and 1 for a currency and a day: a rate must not depend on when it is asked for. */
function wobble(currency: string, day: number): number {
  let hash = 2_166_136_261;
  for (const char of `${currency}:${day}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2_147_483_648 - 1;
}

export default defineModel({
  columns: {
    day: { type: "date", description: "The rate's day." },
    currency: { type: "varchar", description: "Three letters." },
    per_dollar: { type: "decimal(18,6)", description: "Units for one dollar on that day." },
  },
  deps: { currencies: ref("currencies") },
  async *rows({ currencies, vars }) {
    const firstDay = Date.parse(String(vars.fx_first_day));
    const days = Number(vars.fx_days);
    for await (const { currency, per_dollar } of currencies) {
      let rate = Number(per_dollar);
      for (let day = 0; day < days; day++) {
        yield {
          day: new Date(firstDay + day * DAY_MS),
          currency,
          // Text keeps a decimal exact; a number with more digits than the type has would be refused.
          per_dollar: rate.toFixed(6),
        };
        if (currency !== "USD") rate *= 1 + DAILY_MOVE * wobble(String(currency), day);
      }
    }
  },
});
