// Owns the customers: who they are on a given day. Every field is a function of the id and the day.
import { dateOf, instantOf, STORY_START } from "./calendar.ts";
import { randomOf } from "./random.ts";
import type { World } from "./world.ts";

export interface Customer {
  readonly customer_id: number;
  readonly full_name: string;
  readonly email: string;
  readonly birth_date: string;
  readonly home_airport: string;
  readonly marketing_consent: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

const FIRST_NAMES = [
  "Ada",
  "Amir",
  "Bea",
  "Carlos",
  "Chen",
  "Dana",
  "Elif",
  "Femi",
  "Grace",
  "Hugo",
  "Ines",
  "Jun",
  "Kofi",
];
const MORE_FIRST_NAMES = [
  "Lena",
  "Mara",
  "Nils",
  "Olga",
  "Priya",
  "Quinn",
  "Rosa",
  "Sami",
  "Tess",
  "Uma",
  "Viktor",
  "Wren",
];
const LAST_NAMES = ["Abbott", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jensen"];
const MORE_LAST_NAMES = ["Kaya", "Lopez", "Moreau", "Novak", "Okafor", "Patel", "Rossi", "Silva", "Tanaka", "Weber"];
const names = [...FIRST_NAMES, ...MORE_FIRST_NAMES];
const surnames = [...LAST_NAMES, ...MORE_LAST_NAMES];

/** A few people join every day. */
export function customersOn(world: World, day: number): number {
  return world.sizes.customers + day * Math.max(1, Math.round(world.sizes.customers / 500));
}

/** The day of the last change up to `day`; 0 when there was none. Half a per cent of the people change something on a day. */
function lastChange(id: number, day: number): number {
  for (let d = day; d > 0; d--) if (randomOf("customer-change", id, d).chance(0.005)) return d;
  return 0;
}

export function customer(world: World, id: number, day: number): Customer {
  const random = randomOf("customer", id);
  const first = random.pick(names);
  const last = random.pick(surnames);
  const joined = id <= world.sizes.customers ? random.whole(-700, 0) : STORY_START + joinedOn(world, id);
  const created_at = instantOf(joined, random.whole(0, 86_399));
  const birth_date = dateOf(-random.whole(18 * 365, 80 * 365));
  const changed = lastChange(id, day);
  const now = changed === 0 ? random : randomOf("customer-after-change", id, changed);
  return {
    customer_id: id,
    full_name: `${first} ${last}`,
    email: `${first}.${last}.${id}@example.com`.toLowerCase(),
    birth_date,
    home_airport: now.pick(world.homes),
    marketing_consent: now.chance(0.6),
    created_at,
    updated_at: changed === 0 ? created_at : instantOf(STORY_START + changed, now.whole(0, 86_399)),
  };
}

function joinedOn(world: World, id: number): number {
  let day = 1;
  while (customersOn(world, day) < id) day++;
  return day;
}

/** The ids that are new or different on `day`, compared with the day before. */
export function customersChangedOn(world: World, day: number): readonly number[] {
  const before = customersOn(world, day - 1);
  const ids: number[] = [];
  for (let id = 1; id <= customersOn(world, day); id++) {
    if (id > before || lastChange(id, day) === day) ids.push(id);
  }
  return ids;
}
