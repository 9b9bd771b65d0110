// Owns what a process counts about itself, by the names that dashboards and alerts use. Each is told in docs/processes.md.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

export type Metrics = ReturnType<typeof createMetrics>;

/** `kind`: `scheduler` or `worker`. */
export function createMetrics(kind: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ process: kind });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers });

  return {
    registry,
    dutyRuns: counter("mesh_duty_runs_total", "Runs of a scheduler's duties by outcome: ok or error.", [
      "duty",
      "outcome",
    ]),
    dutySeconds: histogram("mesh_duty_duration_seconds", "How long a run of a duty took.", ["duty"]),
    dutyLastOk: gauge("mesh_duty_last_ok_timestamp_seconds", "When a duty last ended well, in Unix time.", ["duty"]),
    tasks: counter("mesh_tasks_total", "Tasks that ended here, by class and outcome.", ["class", "outcome"]),
    tasksRunning: gauge("mesh_tasks_running", "Tasks under way here.", ["class"]),
    queueWaitSeconds: histogram("mesh_task_queue_wait_seconds", "From admission of a task to its claim.", ["class"]),
    taskSeconds: histogram("mesh_task_duration_seconds", "From the claim of a task to its end.", ["class"]),
    stepSeconds: histogram("mesh_step_duration_seconds", "How long a step took, by kind and status.", [
      "kind",
      "status",
    ]),
    leaseRenewals: counter("mesh_lease_renewals_total", "Renewals of leases by outcome: ok or error.", ["outcome"]),
    leasesLost: counter("mesh_leases_lost_total", "Leases lost or given up while their task was under way.", []),
    children: gauge("mesh_children", "Child processes by state: idle or busy.", ["state"]),
    childEnds: counter("mesh_child_ends_total", "Child processes that ended, by reason.", ["reason"]),
    transportErrors: counter("mesh_transport_errors_total", "Failures of Redis, or of what takes its place.", [
      "doing",
    ]),
    draining: gauge("mesh_draining", "1 while the process drains.", []),
  };
}
