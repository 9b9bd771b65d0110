// Owns the form of what is shown of deployments, their history, and what putting another in force changes.
import { z } from "zod";
import type { PastDeployment, SwitchedDeployment } from "../deploy/index.ts";

const instant = z.iso.datetime({ precision: 3 });
const whole = z.number().int();
const texts = z.array(z.string());

export const deploymentShape = z.object({
  id: z.string(),
  sequence: whole,
  project: z.string(),
  target: z.string(),
  current: z.boolean(),
  by: z.string(),
  deployedAt: instant,
  commit: z.string().optional(),
  note: z.string().optional(),
});

const deploymentEventShape = z.object({
  sequence: whole,
  project: z.string(),
  action: z.enum(["deploy", "rollback", "retire"]),
  deployment: z.string().optional().describe("In force since; absent when the project was retired"),
  previous: z.string().optional().describe("In force before"),
  by: z.string(),
  why: z.string().optional(),
  broken: texts.describe("What of the contracts it broke, allowed by `why`"),
  at: instant,
});

export const pastDeploymentShape = deploymentEventShape.extend({
  inForce: z.boolean(),
  kept: z.boolean().describe("It can be gone back to"),
  commit: z.string().optional(),
  note: z.string().optional(),
});

const scheduleDefinition = z.object({
  on: z.enum(["cron", "any_new", "all_new", "cron_after_all_new"]),
  cron: z.string().optional(),
  timezone: z.string(),
  catchUp: z.object({ mode: z.enum(["none", "latest", "all", "window"]), windowMs: z.number().optional() }),
  overlap: z.enum(["skip", "buffer_one", "buffer_all", "cancel_other", "allow"]),
  upstream: texts,
  upstreamIsRead: z.boolean().optional(),
  settleMs: z.number(),
  minIntervalMs: z.number(),
  maxWaitMs: z.number().optional(),
  afterMaxWait: z.enum(["run", "alert"]),
  priority: z.number().optional(),
});

export const switchedShape = z.object({
  event: deploymentEventShape,
  changes: z.object({
    first: z.boolean(),
    added: texts,
    removed: texts,
    changed: z.array(z.object({ model: z.string(), what: texts })),
    schedules: z.array(
      z.object({ name: z.string(), from: scheduleDefinition.optional(), to: scheduleDefinition.optional() }),
    ),
    files: texts,
  }),
  contract: z
    .array(
      z.object({
        level: z.enum(["breaking", "dangerous", "minor"]),
        kind: z.string(),
        model: z.string(),
        column: z.string().optional(),
        what: z.string(),
        consumers: z.array(
          z.object({
            kind: z.enum(["model", "test", "report"]),
            id: z.string(),
            project: z.string(),
            owner: z.string(),
            how: z.enum(["reads", "uses", "may use"]),
          }),
        ),
      }),
    )
    .describe("Of public models, heaviest first"),
  missing: z
    .array(
      z.object({
        reader: z.string(),
        kind: z.enum(["model", "test", "report"]),
        model: z.string(),
        project: z.string(),
        owner: z.string().optional(),
        why: z.enum(["project not deployed", "no such model", "not public"]),
      }),
    )
    .describe("What it reads of others that is not deployed"),
});

export type ShownDeployment = z.infer<typeof deploymentShape>;
export type ShownPastDeployment = z.infer<typeof pastDeploymentShape>;
export type ShownSwitch = z.infer<typeof switchedShape>;

const showEvent = <Event extends { readonly at: Date; readonly broken: readonly string[] }>(event: Event) => ({
  ...event,
  broken: [...event.broken],
  at: event.at.toISOString(),
});

export const showPastDeployment = (past: PastDeployment): ShownPastDeployment => showEvent(past);

/** Its parts are plain data already. */
export const showSwitched = ({ event, ...rest }: SwitchedDeployment): ShownSwitch =>
  structuredClone({ event: showEvent(event), ...rest }) as unknown as ShownSwitch;
