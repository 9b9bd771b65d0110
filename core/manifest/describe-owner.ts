// Owns how an owner is named in a sentence, with a way to reach them.
import type { Owner, Report } from "./types.ts";

/** `Bookings (bookings-data@example.com)`; of a report's owner its name, else its address. */
export function describeOwner(owner: Owner | Report["owner"]): string {
  const name = "team" in owner ? owner.team : owner.name;
  const reach = owner.email ?? ("slack" in owner ? owner.slack : undefined);
  if (name === undefined) return reach ?? "unknown";
  return reach === undefined ? name : `${name} (${reach})`;
}
