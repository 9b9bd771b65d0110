// Owns the selection by which a schedule's models are planned: those that name it, and no others. What they read is pinned, so an hourly
// schedule never waits for a nightly one.

/** `schedule`: `project.schedule`. */
export function selectionOf(schedule: string): string {
  const dot = schedule.indexOf(".");
  return `project:${schedule.slice(0, dot)},config.schedule:${schedule.slice(dot + 1)}`;
}
