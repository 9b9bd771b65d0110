// Alarm clocks by which schedules are looked at when their cron is due. May not decide what is due, nor write to the state store.
export { type Alarm, type Alarms, createAlarms } from "./create-alarms.ts";
