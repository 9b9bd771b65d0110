// Owns showing how a store is no longer what was declared or recorded of it: one line for each change, with whom to ask.
import type { DriftNote, Manifest } from "../../manifest/index.ts";
import { storeOwner } from "../../manifest/index.ts";
import type { FoundDrift } from "../../plan/index.ts";
import { formatTime } from "./format.ts";
import type { Colors } from "./output.ts";

/** `column `discount` added (integer): ignored` */
export function formatDriftNote({ kind, column, was, now, action }: DriftNote): string {
  const name = `column \`${column ?? ""}\``;
  switch (kind) {
    case "added":
      return `${name} added${now === undefined ? "" : ` (${now})`}: ${action}`;
    case "dropped":
      return `${name} dropped${was === undefined ? "" : ` (${was})`}: ${action}`;
    case "renamed":
      return `${name} renamed from ${was ?? ""} to ${now ?? ""}: ${action}`;
    case "retyped":
      return `${name} retyped from ${was ?? ""} to ${now ?? ""}: ${action}`;
    case "nullable":
      return `${name} no longer NOT NULL: ${action}`;
    case "table_gone":
      return `the table ${was ?? ""} is gone: ${action}`;
  }
}

/** Of the run that has just ended. */
export function formatRunDrift(model: string, notes: readonly DriftNote[], manifest: Manifest, colors: Colors): string {
  const source = manifest.sources[manifest.models[model]?.source ?? ""];
  const store = source === undefined ? "the store" : `the store ${source.project}.${source.store}`;
  const owner = source === undefined ? "its team" : storeOwner(manifest, source.project);
  const lines = notes.map((note) => `  ${formatDriftNote(note)}`);
  return [`${colors.yellow(colors.bold("warning"))} ${model}: ${store} has changed; ask ${owner}`, ...lines].join("\n");
}

/** Of the last run, in a plan. */
export function formatFoundDrift(drift: readonly FoundDrift[], colors: Colors): string {
  const parts = drift.map(({ model, store, owner, at, notes, problem }) => {
    const head = `  ${model} ${colors.dim(`from ${store} at ${formatTime(new Date(at))}; ask ${owner}`)}`;
    const lines = [...notes.map(formatDriftNote), ...(problem === undefined ? [] : [problem])];
    return [head, ...lines.map((line) => `    ${line}`)].join("\n");
  });
  return [colors.bold("drift at the last run"), ...parts].join("\n");
}
