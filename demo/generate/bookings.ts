// Owns the bookings and their extras: what the booking service knows on a given day.
import { dateOf, instantOf, STORY_START } from "./calendar.ts";
import { type Random, randomOf } from "./random.ts";
import { routeOfFlight, type World } from "./world.ts";

export interface Booking {
  readonly booking_id: number;
  readonly customer_id: number;
  readonly route_id: string;
  readonly travel_date: string;
  readonly seats: number;
  /** Text with two digits after the point, in `currency`. */
  readonly amount: string;
  readonly currency: string;
  readonly status: "booked" | "cancelled" | "flown";
  readonly booked_at: string;
  readonly updated_at: string;
}

export interface Extra {
  readonly extra_id: number;
  readonly booking_id: number;
  readonly kind: string;
  readonly amount: string;
}

/** What other generators need of a booking: its days, counted from the first of the flights. */
export interface BookingDays {
  readonly bookedOn: number;
  readonly cancelledOn: number | undefined;
  readonly travelOn: number;
}

// How many units of a currency a dollar buys, roughly, and how often it is used.
const CURRENCIES: readonly (readonly [code: string, perDollar: number])[] = [
  ["USD", 1],
  ["USD", 1],
  ["USD", 1],
  ["USD", 1],
  ["CAD", 1.5],
  ["EUR", 1.15],
  ["GBP", 0.7],
  ["MXN", 9.2],
];
const EXTRAS: readonly (readonly [kind: string, dollars: number])[] = [
  ["bag", 25],
  ["seat", 12],
  ["insurance", 18],
  ["meal", 9],
];

/** Bookings that exist on the evening of a demo day. */
export function bookingsOn(world: World, day: number): number {
  return world.sizes.bookings + day * Math.max(1, Math.round(world.sizes.bookings / STORY_START));
}

function bookedOn(world: World, id: number, random: Random): number {
  if (id <= world.sizes.bookings) return random.whole(0, STORY_START);
  const perDay = Math.max(1, Math.round(world.sizes.bookings / STORY_START));
  return STORY_START + Math.ceil((id - world.sizes.bookings) / perDay);
}

export function bookingDays(world: World, id: number): BookingDays {
  const random = randomOf("booking-days", id);
  const booked = bookedOn(world, id, random);
  const travelOn = booked + random.whole(1, 90);
  // People change their mind within three days, or not at all.
  const cancelledOn = random.chance(0.08) ? Math.min(booked + random.whole(0, 3), travelOn) : undefined;
  return { bookedOn: booked, cancelledOn, travelOn };
}

function statusOn(days: BookingDays, today: number): readonly [Booking["status"], since: number] {
  if (days.cancelledOn !== undefined && days.cancelledOn <= today) return ["cancelled", days.cancelledOn];
  return days.travelOn <= today ? ["flown", days.travelOn] : ["booked", days.bookedOn];
}

export function booking(world: World, id: number, day: number): Booking {
  const days = bookingDays(world, id);
  const random = randomOf("booking", id);
  const route = routeOfFlight(world, random.whole(0, world.sizes.flights - 1));
  const [currency, perDollar] = random.pick(CURRENCIES);
  const seats = random.pick([1, 1, 1, 2, 2, 3, 4]);
  const dollars = seats * (35 + route.miles * (0.06 + random.next() * 0.08));
  const second = random.whole(0, 86_000);
  const [status, since] = statusOn(days, STORY_START + day);
  return {
    booking_id: id,
    customer_id: random.whole(1, world.sizes.customers),
    route_id: route.id,
    travel_date: dateOf(days.travelOn),
    seats,
    amount: (dollars * perDollar).toFixed(2),
    currency,
    status,
    booked_at: instantOf(days.bookedOn, second),
    updated_at: instantOf(since, status === "booked" ? second : 86_399),
  };
}

export function extrasOf(world: World, id: number): readonly Extra[] {
  const random = randomOf("extras", id);
  const { currency } = booking(world, id, 0);
  const perDollar = CURRENCIES.find(([code]) => code === currency)?.[1] ?? 1;
  return Array.from({ length: random.pick([0, 0, 0, 1, 1, 2]) }, (_, i) => {
    const [kind, dollars] = random.pick(EXTRAS);
    return { extra_id: id * 10 + i, booking_id: id, kind, amount: (dollars * perDollar).toFixed(2) };
  });
}

/** The ids that are new on `day`, or whose status is not what it was the day before. */
export function bookingsChangedOn(world: World, day: number): readonly number[] {
  const before = bookingsOn(world, day - 1);
  const today = STORY_START + day;
  const ids: number[] = [];
  for (let id = 1; id <= bookingsOn(world, day); id++) {
    const days = bookingDays(world, id);
    if (id > before || statusOn(days, today)[0] !== statusOn(days, today - 1)[0]) ids.push(id);
  }
  return ids;
}
