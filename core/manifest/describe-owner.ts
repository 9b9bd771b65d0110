// Owns how an owner is named in a sentence, with a way to reach them.
import type { Manifest, Report } from "./types.ts";

/** An owner as it is shown may have a key without a value. */
interface Reachable {
  readonly team: string;
  readonly email?: string | undefined;
  readonly slack?: string | undefined;
}

/** `Bookings (bookings-data@example.com)`; of a report's owner its name, else its address. */
export function describeOwner(owner: Reachable | Report["owner"]): string {
  const name = "team" in owner ? owner.team : owner.name;
  const reach = owner.email ?? ("slack" in owner ? owner.slack : undefined);
  if (name === undefined) return reach ?? "unknown";
  return reach === undefined ? name : `${name} (${reach})`;
}

/** Whom to ask about a store, of which the project owns the contract. */
export function storeOwner(manifest: Manifest, project: string): string {
  const owner = manifest.projects[project]?.owner;
  return owner === undefined ? project : describeOwner(owner);
}
