// Owns why a snapshot is in a plan and how much of its source it will read, as far as that can be told before its store is asked.
import type { Model } from "../manifest/index.ts";
import { historyMisfit, snapshotStrategies, whyAnew } from "../materialize/index.ts";
import type { PlanRequest, PublishedFact } from "./make-plan.ts";

type Wishes = Pick<PlanRequest, "facts" | "fullRefresh" | "discardHistory" | "backfill">;

/** A full refresh reads a source whole; what a history has kept is given up only by name. */
export function isAskedAnew(model: Model, { fullRefresh = false, discardHistory }: Wishes): boolean {
  if (keepsHistory(model)) return discardHistory?.has(model.id) ?? false;
  return fullRefresh && model.config.full_refresh !== false;
}

/** Why the snapshot cannot run. */
export function snapshotObstacle(model: Model, wishes: Wishes): string | undefined {
  const published = wishes.facts.published.get(model.id);
  if (model.kind !== "snapshot") return undefined;
  const anew = wishes.backfill && whyAnew(model, published && asSnapshot(published), false);
  if (anew !== undefined) return `a range of it cannot be read again: ${anew}`;
  if (!published) return undefined;
  return historyMisfit(model, asSnapshot(published), isAskedAnew(model, wishes))?.message;
}

export function snapshotReason(model: Model, published: PublishedFact, wishes: Wishes): string {
  const { config } = model;
  const strategy = snapshotStrategies[config.strategy ?? "full"];
  const changed = published.fingerprint !== model.fingerprint;
  const key = keyChange(model, published);
  if (wishes.backfill) return `rows ${rangeOf(wishes.backfill)} are read again`;
  const anew = whyAnew(model, asSnapshot(published), isAskedAnew(model, wishes));
  if (strategy?.combine === undefined) {
    if (changed) return key ?? "its definition changed";
    return wishes.fullRefresh ? "a full refresh was asked for" : "its store may have changed";
  }
  if (anew !== undefined) return key ?? anew;
  if (strategy.keepsHistory) {
    if (changed) return `${key ?? "its definition changed"}; its history is kept`;
    return wishes.fullRefresh
      ? "its store may have changed; a full refresh keeps its history"
      : "its store may have changed";
  }
  return `its store may have changed: what ${config.cursor} says is new is read${config.lookback === undefined ? "" : `, and ${config.lookback} before it`}`;
}

/** Another key makes other tokens and hashes: no row that was landed with the one before matches a new one. */
function keyChange(model: Model, { protectionKey: before }: PublishedFact): string | undefined {
  const now = model.protectionKey;
  return now === undefined || before === undefined || now === before
    ? undefined
    : `its protection key is ${now}, the published build's is ${before}`;
}

function keepsHistory(model: Model): boolean {
  return model.kind === "snapshot" && snapshotStrategies[model.config.strategy ?? "full"]?.keepsHistory === true;
}

function asSnapshot({ fingerprint, columns = [], strategy }: PublishedFact) {
  return { fingerprint, columns, strategy };
}

function rangeOf({ from, to }: NonNullable<Wishes["backfill"]>): string {
  return [...(from === undefined ? [] : [`from ${from}`]), ...(to === undefined ? [] : [`before ${to}`])].join(" ");
}
