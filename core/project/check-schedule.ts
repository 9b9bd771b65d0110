// Owns what is wrong with a schedule of project.yml beyond its shape: times that never come, and keys that contradict each other.
import { type Location, type MeshError, problems } from "../errors/index.ts";
import type { ScheduleCondition } from "../manifest/index.ts";
import { validateSchedule } from "../sla/index.ts";
import { parseDurationMs } from "../util/index.ts";
import type { YamlFile } from "./read-yaml.ts";
import type { ScheduleEntry } from "./schemas.ts";

/** What is wrong with when it is due. `readable`: of a schedule with another mistake, the keys that can be judged all the same. */
export async function timesProblems(
  yaml: YamlFile,
  name: string,
  schedule: Pick<ScheduleEntry, "cron" | "timezone">,
  readable: Pick<ScheduleEntry, "cron" | "timezone"> = schedule,
): Promise<readonly MeshError[]> {
  return (await validateSchedule(readable)).map(({ reason, expected, key }) =>
    problems.scheduleInvalid({ schedule: name, reason, expected }, { location: yaml.locateValue(schedule, key) }),
  );
}

/** The conditions with which a key means something; a key that is not here means something with each. */
const MEANT_FOR: Readonly<Partial<Record<keyof ScheduleEntry, readonly ScheduleCondition[]>>> = {
  cron: ["cron", "cron_after_all_new"],
  catch_up: ["cron", "cron_after_all_new"],
  upstream: ["any_new", "all_new", "cron_after_all_new"],
  settle: ["any_new", "all_new"],
  min_interval: ["any_new", "all_new"],
  max_wait: ["all_new", "cron_after_all_new"],
};

export async function scheduleProblems(
  yaml: YamlFile,
  name: string,
  schedule: ScheduleEntry,
  location: Location,
): Promise<readonly MeshError[]> {
  const place = `schedules.${name}`;
  const at = (key: string) => ({ location: yaml.locateValue(schedule, key) });
  const found: MeshError[] = [...(await timesProblems(yaml, name, schedule))];
  const { on = schedule.cron === undefined ? undefined : "cron" } = schedule;
  if (on === undefined) {
    found.push(problems.scheduleWithoutCondition({ schedule: name }, { location }));
    return found;
  }
  const missing = (key: string, expected: string) =>
    found.push(problems.yamlMissingKey({ key, place, expected }, { location }));
  if ((on === "cron" || on === "cron_after_all_new") && schedule.cron === undefined)
    missing("cron", 'five fields such as "30 2 * * *"');
  if (schedule.cron !== undefined && schedule.timezone === undefined)
    missing("timezone", "an IANA zone such as Europe/Madrid or UTC");
  for (const [key, conditions] of Object.entries(MEANT_FOR)) {
    if (schedule[key as keyof ScheduleEntry] === undefined || conditions.includes(on)) continue;
    const written = schedule.on !== undefined;
    found.push(problems.scheduleKeyWithoutUse({ schedule: name, key, on, written, conditions }, at(key)));
  }
  if (schedule.then !== undefined && schedule.max_wait === undefined)
    found.push(problems.scheduleThenWithoutWait({ schedule: name, action: schedule.then }, at("then")));
  for (const key of ["max_wait", "catch_up"] as const) {
    const length = schedule[key]?.replace(/^window /, "");
    if (length !== undefined && parseDurationMs(length) === 0)
      found.push(problems.scheduleDurationZero({ schedule: name, key }, at(key)));
  }
  return found;
}
