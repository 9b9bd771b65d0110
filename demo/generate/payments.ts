// Owns payments and refunds: what the payment service knows on a given day. Rows are only ever added.
import { booking, bookingDays, extrasOf } from "./bookings.ts";
import { instantOf, STORY_START } from "./calendar.ts";
import { randomOf } from "./random.ts";
import type { World } from "./world.ts";

export interface Payment {
  readonly payment_id: number;
  readonly booking_id: number;
  readonly method: string;
  /** Of a card; null for other methods. */
  readonly card_number: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly paid_at: string;
}

export interface Refund {
  readonly refund_id: number;
  readonly payment_id: number;
  readonly amount: string;
  readonly refunded_at: string;
}

const METHODS = ["card", "card", "card", "card", "transfer", "wallet"];
// Nothing is paid for one booking in forty: people who pay at the airport.
const UNPAID = 0.025;

const inCents = (amount: string) => Math.round(Number(amount) * 100);
const asAmount = (cents: number) => (cents / 100).toFixed(2);

/** Of a range that card networks' sandboxes use: no bank issues it. Written as services do, with a space after four digits. */
function cardNumber(account: number): string {
  const digits = `400000${String(account).padStart(9, "0")}`;
  // The check digit: of every second digit, the last one first, twice its value counts.
  const sum = [...digits].reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return (`${digits}${(10 - (sum % 10)) % 10}`.match(/.{4}/g) ?? []).join(" ");
}

/** One payment, or two instalments, each with the day it was made. */
function instalments(world: World, id: number): readonly { readonly payment: Payment; readonly paidOn: number }[] {
  const random = randomOf("payment", id);
  if (random.chance(UNPAID)) return [];
  const made = booking(world, id, 0);
  const { bookedOn, cancelledOn } = bookingDays(world, id);
  const cents = inCents(made.amount) + extrasOf(world, id).reduce((sum, extra) => sum + inCents(extra.amount), 0);
  const method = random.pick(METHODS);
  const card_number = method === "card" ? cardNumber(random.whole(0, 9_999)) : null;
  const twice = cancelledOn === undefined && random.chance(0.1);
  const parts = twice ? [Math.floor(cents / 2), Math.ceil(cents / 2)] : [cents];
  return parts.map((part, i) => {
    const paidOn = bookedOn + i * 14;
    const second = random.whole(86_001, 86_399);
    const paid_at = instantOf(paidOn, second);
    const payment_id = id * 2 + i;
    return {
      payment: {
        payment_id,
        booking_id: id,
        method,
        card_number,
        amount: asAmount(part),
        currency: made.currency,
        paid_at,
      },
      paidOn,
    };
  });
}

/** The payments of a booking made after `after` and up to `until`, in days of the story. */
export function paymentsOf(world: World, id: number, after: number, until: number): readonly Payment[] {
  return instalments(world, id)
    .filter(({ paidOn }) => paidOn > STORY_START + after && paidOn <= STORY_START + until)
    .map(({ payment }) => payment);
}

/** A cancelled booking gets nine tenths back, on the day it was cancelled. */
export function refundsOf(world: World, id: number, after: number, until: number): readonly Refund[] {
  const { cancelledOn } = bookingDays(world, id);
  if (cancelledOn === undefined) return [];
  if (cancelledOn <= STORY_START + after || cancelledOn > STORY_START + until) return [];
  return instalments(world, id).map(({ payment }) => ({
    refund_id: payment.payment_id,
    payment_id: payment.payment_id,
    amount: asAmount(Math.floor(inCents(payment.amount) * 0.9)),
    refunded_at: instantOf(cancelledOn, 86_399),
  }));
}
