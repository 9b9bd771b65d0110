// Every schema change of the state store, in order.
import { initial } from "./0001-initial.ts";
import { extraction } from "./0002-extraction.ts";
import { stepModel } from "./0003-step-model.ts";
import type { Migration } from "./migration.ts";

export type { Migration } from "./migration.ts";
export const migrations: readonly Migration[] = [initial, extraction, stepModel];
