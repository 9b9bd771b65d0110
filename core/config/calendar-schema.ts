// Owns how a calendar is written: the days on which no data is due. The same in mesh.config.ts and in project.yml.
import { z } from "zod";
import { strict } from "./schema-problems.ts";

const WEEKDAY = /^(mon|tues|wednes|thurs|fri|satur|sun)day$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

function isDate(text: string | undefined): boolean {
  const [, year, month, day] = DATE.exec(text ?? "") ?? [];
  if (year === undefined) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

function isClosedDay(text: string): boolean {
  if (WEEKDAY.test(text) || isDate(text)) return true;
  const [from, to, ...more] = text.split("..");
  return more.length === 0 && isDate(from) && isDate(to) && (from as string) <= (to as string);
}

function isZone(text: string): boolean {
  try {
    // Offsets such as +02:00 are valid to Intl, but know no daylight saving time.
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat("en", { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
}

const calendarSchema = strict({
  closed: z
    .array(
      z
        .string({ error: "saturday, 2026-12-25 or 2026-12-24..2026-12-26" })
        .refine(isClosedDay, { error: "saturday, 2026-12-25 or 2026-12-24..2026-12-26" }),
    )
    .min(1)
    .describe("Days when no data is due: weekdays, dates, or first..last date. Each lasts from midnight to midnight."),
  timezone: z
    .string()
    .refine(isZone, { error: "an IANA zone such as Europe/Madrid or UTC" })
    .describe("The zone of its days."),
});

const calendarName = z.string().regex(/^[a-z_][a-z0-9_]{0,99}$/, {
  error: "a name of lower-case letters, digits and underscores",
});

export const calendarsSchema = z
  .record(calendarName, calendarSchema)
  .describe("Named sets of days when no data is due, for `calendar` of an sla.");
