// Owns the names in Redis: of a mesh's keys, queues, channels and jobs.

import type { Signal } from "../../core/execute/index.ts";
import type { TaskRef } from "../../core/state/index.ts";
import { sha256Hex } from "../../core/util/index.ts";

/** Braces keep all keys of a mesh in one slot of a cluster. */
export const prefixOf = (meshName: string) => `{mesh-${meshName}}`;

/** One for each topic: who does not watch progress is not woken by it. */
export const signalChannelOf = (meshName: string, topic: Signal["topic"]) => `${prefixOf(meshName)}:signals:${topic}`;

/** Tells consumers that there is work, by the names of its classes. */
export const workChannelOf = (meshName: string) => `${prefixOf(meshName)}:work`;

/**
 * One per offer that means something: the same ticket twice is one job, a later fence is another. It is another, too, than those jobs of the
 * ticket that somebody has `fetched`. BullMQ allows no `:`.
 */
export function jobIdOf({ runId, task, fence }: TaskRef, fetched: readonly string[] = []): string {
  const run = /^[\w-]{1,64}$/.test(runId) ? runId : sha256Hex(runId).slice(0, 32);
  const id = `${run}.${sha256Hex(task).slice(0, 16)}.${fence}`;
  const held = fetched.filter((one) => one === id || one.startsWith(`${id}.`)).length;
  return held === 0 ? id : `${id}.${held}`;
}
