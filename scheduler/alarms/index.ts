// Alarm clocks by which schedules are looked at when their cron is due. May not decide what is due, nor write to the state store.
export { type Alarm, type Alarms, type AlarmsOptions, createAlarms, type Reconciled } from "./create-alarms.ts";
