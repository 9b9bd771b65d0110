// The made-up part of the demo's data: repeatable, and growing day by day without contradicting the day before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { booking, bookingDays, bookingsChangedOn, bookingsOn } from "../../demo/generate/bookings.ts";
import { STORY_START } from "../../demo/generate/calendar.ts";
import { customer, customersChangedOn, customersOn } from "../../demo/generate/customers.ts";
import { paymentsOf, refundsOf } from "../../demo/generate/payments.ts";
import { routeOfFlight, type World } from "../../demo/generate/world.ts";

const world: World = {
  sizes: { flights: 60, customers: 200, bookings: 900 },
  routes: [
    { id: "A-B", origin: "A", destination: "B", miles: 300 },
    { id: "B-A", origin: "B", destination: "A", miles: 300 },
    { id: "A-C", origin: "A", destination: "C", miles: 2000 },
  ],
  flightsUpTo: [10, 30, 60],
  homes: ["A", "B"],
};
const day = fc.integer({ min: 1, max: 40 });

test("a route is drawn as often as it is flown", () => {
  const drawn = Array.from({ length: 60 }, (_, at) => routeOfFlight(world, at).id);
  expect(drawn.filter((id) => id === "A-B")).toHaveLength(10);
  expect(drawn.filter((id) => id === "B-A")).toHaveLength(20);
  expect(drawn.filter((id) => id === "A-C")).toHaveLength(30);
});

test("what changed on a day is all that differs from the day before", () => {
  fc.assert(
    fc.property(day, (d) => {
      const changed = new Set(bookingsChangedOn(world, d));
      for (let id = 1; id <= bookingsOn(world, d - 1); id++) {
        const [before, after] = [booking(world, id, d - 1), booking(world, id, d)];
        if (changed.has(id)) expect(after.status).not.toBe(before.status);
        else expect(after).toEqual(before);
      }
      for (let id = bookingsOn(world, d - 1) + 1; id <= bookingsOn(world, d); id++) expect(changed).toContain(id);
      const people = new Set(customersChangedOn(world, d));
      for (let id = 1; id <= customersOn(world, d - 1); id++) {
        if (!people.has(id)) expect(customer(world, id, d)).toEqual(customer(world, id, d - 1));
      }
    }),
    { numRuns: 10 },
  );
});

test("money made day by day is the money made at once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), day, (id, d) => {
      for (const of of [paymentsOf, refundsOf]) {
        const atOnce = of(world, id, -10_000, d);
        const steps = Array.from({ length: d }, (_, i) => of(world, id, i, i + 1)).flat();
        expect([...of(world, id, -10_000, 0), ...steps]).toEqual(atOnce);
      }
    }),
  );
});

test("nothing is refunded that was not paid, and nothing is paid before it was booked", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), (id) => {
      const payments = new Map(paymentsOf(world, id, -10_000, 500).map((one) => [one.payment_id, one]));
      for (const refund of refundsOf(world, id, -10_000, 500)) {
        const payment = payments.get(refund.payment_id);
        expect(Number(refund.amount)).toBeLessThan(Number(payment?.amount));
        expect(refund.refunded_at >= (payment?.paid_at ?? "~")).toBe(true);
      }
      const made = booking(world, id, 40);
      for (const payment of payments.values()) expect(payment.paid_at > made.booked_at).toBe(true);
      expect(made.customer_id).toBeLessThanOrEqual(world.sizes.customers);
    }),
  );
});

test("bookings of the first day lie in the past, later ones on their day", () => {
  for (let id = 1; id <= 900; id++) expect(bookingDays(world, id).bookedOn).toBeLessThanOrEqual(STORY_START);
  expect(bookingDays(world, 901).bookedOn).toBe(STORY_START + 1);
  expect(bookingDays(world, bookingsOn(world, 7)).bookedOn).toBe(STORY_START + 7);
});
