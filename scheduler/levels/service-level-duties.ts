// Owns the two duties about promises: judging them, with letting runs go first that they wait for, and delivering alerts. Both are safe in any number of processes.
import type { AlertsConfig } from "../../core/config/index.ts";
import { deliverAlerts, evaluateServiceLevels, openChannels, raiseRunsAtRisk } from "../../core/observe/index.ts";
import type { Duty } from "../duty.ts";

export interface ServiceLevelSurroundings {
  readonly alerts: AlertsConfig;
  /** Where commands start. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of which no secret may be shown from now on. */
  readonly hide: (secret: string) => void;
}

export function createServiceLevelDuties({ alerts, ...surroundings }: ServiceLevelSurroundings): readonly Duty[] {
  return [
    {
      name: "service-levels",
      everyMs: 15_000,
      async run({ state, deployed, scheduleTime, log }) {
        const { manifest } = await deployed();
        const evaluation = await evaluateServiceLevels(state, manifest, await scheduleTime(), alerts);
        const { recorded, opened, resolved } = evaluation;
        if (recorded && opened + resolved > 0) log.info({ opened, resolved }, "incidents changed");
        for (const { run, because } of await raiseRunsAtRisk(state, manifest, evaluation.judgements))
          log.info({ run, because }, "the run goes before others");
      },
    },
    {
      name: "alerts",
      everyMs: 5_000,
      async run({ state, scheduleTime, signal, log }) {
        const channels = openChannels(alerts, surroundings);
        try {
          const { delivered, failed } = await deliverAlerts(state, channels, await scheduleTime(), signal);
          if (delivered > 0) log.info({ delivered }, "alerts delivered");
          for (const { delivery, error, final } of failed)
            log.warn(
              { alert: delivery.alert.key, channel: delivery.channel, attempts: delivery.attempts, error },
              final ? "an alert cannot be delivered; mesh incidents shows it" : "an alert is delivered again later",
            );
        } finally {
          await channels.close();
        }
      },
    },
  ];
}
