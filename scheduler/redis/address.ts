// Owns where a Redis is: the text of its address made into parts. Opens no connection.
import { problems } from "../../core/errors/index.ts";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Where the address stands, for messages: `REDIS_URL`, `scheduler.redis` or `.mesh/redis.json`. */
  readonly from: string;
}

/** For people: host, port and database; never user or password. */
export function placeOf({ host, port, db }: RedisAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}${db === 0 ? "" : `/${db}`}`;
}

/** Throws `redis/url-invalid`, which never quotes the text: it may hold a password. */
export function parseRedisUrl(text: string, from: string): RedisAddress {
  const refuse = (reason: string) => problems.redisUrlInvalid({ from, reason });
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw refuse("it is not a URL");
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:")
    throw refuse(`it begins with "${url.protocol}//", not with redis:// or rediss://`);
  if (url.hostname === "") throw refuse("it names no host");
  if (url.search !== "" || url.hash !== "") throw refuse("what follows ? or # has no meaning");
  const [, db] = /^\/?(\d*)$/.exec(url.pathname) ?? [];
  if (db === undefined) throw refuse("what follows the port must be the number of a database");
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw refuse("a % in user or password must be written as %25");
    }
  };
  return {
    host: decode(url.hostname).replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 6379 : Number(url.port),
    db: Number(db),
    tls: url.protocol === "rediss:",
    ...(url.username !== "" && { username: decode(url.username) }),
    ...(url.password !== "" && { password: decode(url.password) }),
    from,
  };
}
