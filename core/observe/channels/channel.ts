// Owns what a channel is: one way of telling people, and how its failures are said without its secrets.
import type { DeliveryRecord } from "../../state/index.ts";

export interface Channel {
  /** Throws an Error whose message may be stored and shown. May tell the same thing twice: receivers know it by the alert's key. */
  send(delivery: DeliveryRecord, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Adapters' own messages may hold addresses and passwords: only a code is taken from them. */
export function codeOf(error: unknown): string {
  const codes = [error, (error as { cause?: unknown } | null)?.cause].map(
    (one) => (one as { code?: unknown } | null)?.code,
  );
  const code = codes.find((one) => typeof one === "string");
  if (code !== undefined) return String(code);
  return error instanceof Error && error.name !== "Error" ? error.name : "failed";
}

/** What programs are given. */
export function alertDocument({ alert, recipient, attempts }: DeliveryRecord) {
  return { ...alert, at: alert.at.toISOString(), recipient, attempt: attempts };
}
