// Owns how `alerts` of mesh.config.ts is checked.
import { z } from "zod";
import { durationLike, strict, textLike } from "./schema-problems.ts";

const text = z.string().min(1);
const timeout = durationLike("10s or 1m").optional();
const address = textLike(/^[^\s@<>]+@[^\s@<>]+$/, "an e-mail address");
const place = (schemes: string, expected: string) => textLike(new RegExp(`^(\\$\\{|(${schemes})://)`), expected);

const channel = z.discriminatedUnion(
  "kind",
  [
    strict({ kind: z.literal("webhook"), url: place("https?", "an http or https URL, or ${NAME}"), timeout }),
    strict({
      kind: z.literal("email"),
      smtp: place("smtps?", "an smtp or smtps URL, or ${NAME}"),
      from: text,
      to: address.optional(),
      timeout,
    }),
    strict({ kind: z.literal("command"), command: z.array(text).min(1), timeout }),
  ],
  { error: (issue) => (issue.code === "invalid_union" ? "one of webhook, email, command" : undefined) },
);
const names = z.array(text).min(1);

export const alertsSchema = strict({
  channels: z.record(textLike(/^[a-z_][a-z0-9_-]*$/, "a lower-case name"), channel),
  owners: strict({ slack: text.optional(), email: text.optional() }).optional(),
  routes: z.record(text, names).optional(),
  default: names.optional(),
}).superRefine(({ channels, owners, routes, default: otherwise }, context) => {
  const check = (name: string | undefined, path: (string | number)[], kind?: "webhook" | "email") => {
    if (name === undefined) return;
    const found = Object.hasOwn(channels, name) ? channels[name] : undefined;
    const fitting = Object.entries(channels).flatMap(([known, { kind: its }]) =>
      !kind || its === kind ? [known] : [],
    );
    if (found && (!kind || found.kind === kind)) return;
    const what = kind === undefined ? "a channel" : kind === "webhook" ? "a webhook channel" : "an e-mail channel";
    context.addIssue({ code: "custom", path, message: `${what}: ${fitting.join(", ") || "there is none"}` });
  };
  check(owners?.slack, ["owners", "slack"], "webhook");
  check(owners?.email, ["owners", "email"], "email");
  for (const [project, list] of Object.entries(routes ?? {}))
    for (const [i, name] of list.entries()) check(name, ["routes", project, i]);
  for (const [i, name] of (otherwise ?? []).entries()) check(name, ["default", i]);
});
