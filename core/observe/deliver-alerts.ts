// Owns bringing alerts to people: each delivery is taken by one process at a time and tried until it succeeds or is hopeless.
import { MeshError } from "../errors/index.ts";
import type { DeliveryRecord, StateStore } from "../state/index.ts";
import type { Channels } from "./channels/index.ts";

const MINUTE_MS = 60_000;
/** Longer than any channel takes: a process that dies with a delivery lets it go by then. */
const LEASE_MS = 5 * MINUTE_MS;
const AT_ONCE = 10;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
/** After about a day nobody needs the news any more. */
const MOST_ATTEMPTS = 30;

export interface Deliveries {
  readonly delivered: number;
  /** Each with what went wrong, without the channel's secrets. */
  readonly failed: readonly { readonly delivery: DeliveryRecord; readonly error: string; readonly final: boolean }[];
}

/** Delivers what is due. Safe in any number of processes; a delivery may be repeated after a crash, with the same key. */
export async function deliverAlerts(
  state: StateStore,
  channels: Channels,
  now: Date,
  signal: AbortSignal,
): Promise<Deliveries> {
  const due = await state.claimDeliveries(now, { limit: AT_ONCE, leaseMs: LEASE_MS });
  const problems = await Promise.all(
    due.map(async (delivery) => {
      const problem = await attempt(delivery, channels, signal);
      if (problem === undefined) {
        await state.settleDelivery(delivery, { status: "delivered", at: now });
        return [];
      }
      const { error, hopeless } = problem;
      const final = hopeless || delivery.attempts >= MOST_ATTEMPTS;
      await state.settleDelivery(
        delivery,
        final
          ? { status: "failed", error }
          : { status: "pending", error, notBefore: new Date(now.getTime() + pauseMs(delivery.attempts)) },
      );
      return [{ delivery, error, final }];
    }),
  );
  const failed = problems.flat();
  return { delivered: due.length - failed.length, failed };
}

/** Doubles with each attempt. */
function pauseMs(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_MS);
}

async function attempt(
  delivery: DeliveryRecord,
  channels: Channels,
  signal: AbortSignal,
): Promise<{ readonly error: string; readonly hopeless: boolean } | undefined> {
  try {
    const channel = await channels.channel(delivery.channel);
    if (!channel) return { error: `mesh.config.ts has no alert channel ${delivery.channel} any more`, hopeless: true };
    await channel.send(delivery, signal);
    return undefined;
  } catch (error) {
    if (error instanceof MeshError) return { error: error.message, hopeless: false };
    return { error: error instanceof Error ? error.message : "it failed", hopeless: false };
  }
}
