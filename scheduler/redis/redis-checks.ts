// Owns what `mesh doctor` says of the Redis that is configured: each finding with its fix. Repairs nothing.
import type { Config, Environment } from "../../core/config/index.ts";
import { MeshError } from "../../core/errors/index.ts";
import type { CheckResult } from "../../core/mesh-types.ts";
import { placeOf } from "./address.ts";
import { configuredRedis } from "./find-redis.ts";
import { lookAtRedis, type RedisLook } from "./look-at-redis.ts";

export interface RedisChecksRequest {
  readonly config: Config;
  readonly env: Environment;
  /** The state store's clock. */
  readonly now: () => Promise<Date>;
}

const LARGEST_SKEW_MS = 1_000;
const SLOW_MS = 20;
const FULL = 0.8;

/** Nothing where no Redis is configured: `mesh run` needs none, and development starts its own. */
export async function redisChecks({ config, env, now }: RedisChecksRequest): Promise<readonly CheckResult[]> {
  try {
    const address = configuredRedis(config, env);
    if (address === undefined) return [];
    const asked = Date.now();
    const ahead = (await now()).getTime() - (asked + Date.now()) / 2;
    const look = await lookAtRedis(address);
    const production = config.target.state.kind === "postgres";
    return judgeRedis(look, { place: placeOf(address), production, storeAheadMs: ahead });
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    return [{ ok: false, what: error.message, help: error.help }];
  }
}

/** What a look at Redis means. `storeAheadMs`: the state store's clock less this machine's. */
export function judgeRedis(
  look: RedisLook,
  facts: { readonly place: string; readonly production: boolean; readonly storeAheadMs: number },
): readonly CheckResult[] {
  const { info, latencyMs } = look;
  const check = (ok: boolean, what: string, help: string): CheckResult => (ok ? { ok, what } : { ok, what, help });
  const policy = info.get("maxmemory_policy") ?? "unknown";
  const log = info.get("aof_enabled") === "1";
  const role = info.get("role") ?? "master";
  const [used, most] = [Number(info.get("used_memory") ?? 0), Number(info.get("maxmemory") ?? 0)];
  const skewMs = Math.round(Math.abs(look.clockAheadMs - facts.storeAheadMs));
  return [
    check(
      role === "master",
      `${look.product} ${look.version} at ${facts.place}`,
      `It is a replica (${role}) and takes no writes: give the address of its primary`,
    ),
    check(
      policy === "noeviction",
      `maxmemory-policy of Redis is ${policy}`,
      "Set maxmemory-policy to noeviction: any other drops tickets and alarms when memory is short, and the sweep has to find out",
    ),
    check(
      log || !facts.production,
      log ? "Redis keeps a log (AOF)" : "Redis keeps no log (AOF)",
      "Set appendonly to yes (appendfsync everysec): without it a restart loses tickets and alarms. Nothing is lost for good, but what was queued starts later",
    ),
    ...(most > 0
      ? [
          check(
            used < most * FULL,
            `Redis uses ${Math.round((100 * used) / most)} % of its maxmemory`,
            "Raise maxmemory, or find what else fills it: 100,000 waiting tickets take about 90 MB",
          ),
        ]
      : []),
    check(
      skewMs < LARGEST_SKEW_MS,
      `clock of Redis is ${skewMs} ms from the state store's`,
      "Synchronise the clocks (NTP): alarms of schedules ring early or late",
    ),
    check(
      latencyMs < SLOW_MS,
      `Redis answers in ${latencyMs.toFixed(1)} ms`,
      "Run schedulers and workers near Redis: each task waits for several answers",
    ),
  ];
}
