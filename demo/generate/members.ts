// Owns the loyalty members: a fifth of the customers, with points that grow day by day.
import { instantOf, STORY_START } from "./calendar.ts";
import { customersOn } from "./customers.ts";
import { randomOf } from "./random.ts";
import type { World } from "./world.ts";

export interface Member {
  readonly member_id: number;
  readonly customer_id: number;
  readonly tier: "blue" | "silver" | "gold";
  readonly points: number;
  readonly updated_at: string;
}

export function membersOn(world: World, day: number): readonly Member[] {
  const members: Member[] = [];
  for (let id = 1; id <= customersOn(world, day); id++) {
    const random = randomOf("member", id);
    if (!random.chance(0.2)) continue;
    const points = Math.floor(random.next() ** 3 * 60_000) + day * random.whole(0, 40);
    const tier = points > 30_000 ? "gold" : points > 10_000 ? "silver" : "blue";
    members.push({ member_id: id, customer_id: id, tier, points, updated_at: instantOf(STORY_START + day, 0) });
  }
  return members;
}
