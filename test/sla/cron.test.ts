// Owns which schedules are accepted, and what is said of the others.
import { describe, expect, it } from "vitest";
import { validateSchedule } from "../../core/sla/index.ts";

const FORM = 'five fields (minute hour day month weekday), such as "30 2 * * *", or six with seconds first';

describe("validateSchedule", () => {
  it.each([
    ["30 2 * * *", "Europe/Madrid"],
    ["*/5 * * * *", "UTC"],
    ["0 0 6 * * 1-5", "America/New_York"],
    ["0 6 L * *", "Asia/Kolkata"],
    ["0 6 * * THU", "UTC"],
    ["0 6 * MAR *", "UTC"],
    ["0 0 29 2 *", "UTC"],
    ["0 6 * * 1#1", "UTC"],
  ])("accepts %s in %s", async (cron, timezone) => {
    expect(await validateSchedule({ cron, timezone })).toEqual([]);
  });

  it.each([
    ["30 2 * *", "UTC", "cron", 'has the cron expression "30 2 * *", which has 4 fields', FORM],
    ["", "UTC", "cron", 'has the cron expression "", which has 0 fields', FORM],
    ["0 0 0 1 1 * 2030", "UTC", "cron", 'has the cron expression "0 0 0 1 1 * 2030", which has 7 fields', FORM],
    ["@daily", "UTC", "cron", 'has the cron expression "@daily", which is a nickname', FORM],
    [
      "H 2 * * *",
      "UTC",
      "cron",
      'has the cron expression "H 2 * * *", which uses H: the time would not be known from the file',
      FORM,
    ],
    [
      "1,H(1-5) 2 * * *",
      "UTC",
      "cron",
      'has the cron expression "1,H(1-5) 2 * * *", which uses H: the time would not be known from the file',
      FORM,
    ],
    ["0 0 31 2 *", "UTC", "cron", 'has the cron expression "0 0 31 2 *", which never comes', FORM],
    [
      "61 2 * * *",
      "UTC",
      "cron",
      'has the cron expression "61 2 * * *", which is not valid: 61 is not between 0 and 59',
      FORM,
    ],
    [
      "x 2 * * *",
      "UTC",
      "cron",
      'has the cron expression "x 2 * * *", which is not valid: Invalid characters, got value: x',
      FORM,
    ],
    [
      "0 2 * * *",
      "Europe/Madird",
      "timezone",
      'has the unknown timezone "Europe/Madird"',
      "an IANA zone such as Europe/Madrid or UTC",
    ],
    [
      "0 2 * * *",
      "+02:00",
      "timezone",
      'has the unknown timezone "+02:00"',
      "an IANA zone such as Europe/Madrid or UTC",
    ],
    ["0 2 * * *", "", "timezone", 'has the unknown timezone ""', "an IANA zone such as Europe/Madrid or UTC"],
  ])("refuses %s in %s", async (cron, timezone, key, reason, expected) => {
    expect(await validateSchedule({ cron, timezone })).toEqual([{ key, reason, expected }]);
  });

  it("says both what is wrong with the expression and with the zone", async () => {
    const found = await validateSchedule({ cron: "@daily", timezone: "Europe/Madird" });
    expect(found.map(({ key }) => key)).toEqual(["cron", "timezone"]);
  });
});
