// Owns who the audit log names when a command changes something: MESH_ACTOR, else the user of this machine.
import { userInfo } from "node:os";
import type { Actor } from "../state/index.ts";

export function actorOf(env: Readonly<Record<string, string | undefined>>): Actor {
  return { actor: env.MESH_ACTOR || userName(), via: "cli" };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number without a name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
