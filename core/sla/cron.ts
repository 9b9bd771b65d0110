// Owns cron expressions: the only user of cron-parser. It judges them, and says which wall-clock times they mean. What those are in a
// zone whose clocks change is in `ticks.ts`: cron-parser's own answer there depends on where one starts to count.
import type { CronExpression } from "cron-parser";

/** What is wrong with a schedule. `reason` completes "the schedule x …", `expected` completes "write …". */
export interface ScheduleProblem {
  readonly key: "cron" | "timezone";
  readonly reason: string;
  readonly expected: string;
}

const FORM = 'five fields (minute hour day month weekday), such as "30 2 * * *", or six with seconds first';
const HASH = /(^|[\s,])H/i;

function timezoneProblem(timezone: string): ScheduleProblem | undefined {
  try {
    // Offsets such as +02:00 are valid to Intl, but know no daylight saving time.
    if (/^[A-Za-z]/.test(timezone) && new Intl.DateTimeFormat("en", { timeZone: timezone })) return undefined;
  } catch {
    // RangeError: no such zone.
  }
  return {
    key: "timezone",
    reason: `has the unknown timezone ${JSON.stringify(timezone)}`,
    expected: "an IANA zone such as Europe/Madrid or UTC",
  };
}

async function cronProblem(cron: string): Promise<ScheduleProblem | undefined> {
  const refuse = (why: string): ScheduleProblem => ({
    key: "cron",
    reason: `has the cron expression ${JSON.stringify(cron)}, ${why}`,
    expected: FORM,
  });
  const fields = cron.trim().split(/\s+/);
  if (cron.trim().startsWith("@")) return refuse("which is a nickname");
  if (fields.length < 5 || fields.length > 6)
    return refuse(`which has ${cron.trim() === "" ? 0 : fields.length} fields`);
  if (fields.some((field) => HASH.test(field)))
    return refuse("which uses H: the time would not be known from the file");
  const { CronExpressionParser } = await import("cron-parser");
  try {
    CronExpressionParser.parse(cron, { tz: "UTC", currentDate: new Date(0) }).next();
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/\.$/, "") : "unknown reason";
    return refuse(
      /loop limit|out of the time span|Invalid explicit day of month/i.test(words)
        ? "which never comes"
        : `which is not valid: ${sayCron(words)}`,
    );
  }
}

function sayCron(words: string): string {
  const range = /^Constraint error, got value (\S+) expected range (\S+?)-(\S+)$/.exec(words);
  return range ? `${range[1]} is not between ${range[2]} and ${range[3]}` : words;
}

/** All that is wrong with the schedule, cron expression first. */
export async function validateSchedule({
  cron,
  timezone,
}: {
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
}): Promise<readonly ScheduleProblem[]> {
  const found = [
    cron === undefined ? undefined : await cronProblem(cron),
    timezone === undefined ? undefined : timezoneProblem(timezone),
  ];
  return found.filter((problem) => problem !== undefined);
}

/** The wall-clock times a cron expression means, each as if it were UTC, in milliseconds since 1970. */
export interface WallClock {
  /** The first one after this; undefined when there is none. */
  next(after: number): number | undefined;
  /** It names every hour: it goes by real hours, also when clocks are put back. */
  readonly everyHour: boolean;
}

const clocks = new Map<string, WallClock>();
const MOST_REMEMBERED = 10_000;

/** Parsing takes a millisecond, so expressions are remembered. Throws for one that `validateSchedule` refuses. */
export async function wallClock(cron: string): Promise<WallClock> {
  const known = clocks.get(cron);
  if (known) return known;
  const { CronExpressionParser } = await import("cron-parser");
  const expression = CronExpressionParser.parse(cron, { tz: "UTC", currentDate: new Date(0) });
  const clock: WallClock = { next: walker(expression), everyHour: expression.fields.hour.values.length === 24 };
  if (clocks.size >= MOST_REMEMBERED) clocks.clear();
  clocks.set(cron, clock);
  return clock;
}

function walker(expression: CronExpression): WallClock["next"] {
  let position: number | undefined;
  return (after) => {
    if (position !== after) expression.reset(new Date(after));
    position = undefined;
    try {
      position = expression.next().getTime();
    } catch {
      // Its last time lies behind.
    }
    return position;
  };
}
