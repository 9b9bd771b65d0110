// Owns how well every product kept its promises in a month: attainment and error budget, from what was recorded.
import type { Manifest } from "../manifest/index.ts";
import { type Attainment, attainMinutes, attainSlots, type Objective, objectivesOf } from "../sla/index.ts";
import type { StateStore } from "../state/index.ts";

export interface ProductAttainment {
  readonly objective: Objective;
  readonly attainment: Attainment;
}

/** A month of UTC, such as `2026-11`. */
export function monthRange(month: string): { readonly from: Date; readonly to: Date } {
  const from = new Date(`${month}-01T00:00:00Z`);
  return { from, to: new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1)) };
}

/** `to` is not in the range; what is not over yet counts up to `now`. */
export async function attainments(
  state: StateStore,
  manifest: Manifest,
  range: { readonly from: Date; readonly to: Date; readonly now: Date },
): Promise<readonly ProductAttainment[]> {
  const from = range.from.getTime();
  const to = Math.min(range.to.getTime(), range.now.getTime());
  const window = { from: range.from, to: new Date(Math.max(from, to)) };
  const [changes, slots] = [await state.listLevelChanges(window), await state.listSlots(window)];
  return objectivesOf(manifest).map((objective) => {
    const { subject, kind, calendar, target } = objective;
    const own = <T extends { readonly subject: string; readonly kind: string }>(list: readonly T[]) =>
      list.filter((one) => one.subject === subject && one.kind === kind);
    const attainment =
      kind === "freshness"
        ? attainMinutes(
            own(changes).map(({ at, good }) => ({ at: at.getTime(), good })),
            { from, to, calendar, target },
          )
        : attainSlots(
            own(slots).map(({ dueAt, metAt }) => ({ due: dueAt.getTime(), metAt: metAt?.getTime() })),
            { from, to, target },
          );
    return { objective, attainment };
  });
}
