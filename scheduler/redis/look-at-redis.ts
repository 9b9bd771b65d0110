// Owns looking at a Redis once: does it answer, to this login, and what it says of itself. Bounded in time; keeps no connection.
import { MeshError, problems } from "../../core/errors/index.ts";
import { placeOf, type RedisAddress } from "./address.ts";
import { COMMAND_TIMEOUT_MS, openClient } from "./open-client.ts";

/** What BullMQ asks for. */
const LEAST_VERSION = "6.2";

export interface RedisLook {
  readonly product: "Redis" | "Valkey";
  /** Of the product. */
  readonly version: string;
  /** The lines of INFO. */
  readonly info: ReadonlyMap<string, string>;
  /** Round trip of a PING, the median of five. */
  readonly latencyMs: number;
  /** The server's clock less this machine's, less half a round trip. */
  readonly clockAheadMs: number;
}

/** Throws `redis/unreachable`, `redis/login-refused` or `redis/too-old`. */
export async function lookAtRedis(address: RedisAddress, timeoutMs = COMMAND_TIMEOUT_MS): Promise<RedisLook> {
  const client = openClient(address, { name: "mesh-look", use: "once" });
  let failure: unknown;
  client.on("error", (error) => (failure ??= error));
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    return await Promise.race([ask(client, address), late]);
  } catch (error) {
    if (error instanceof MeshError) throw error;
    throw toProblem(failure ?? error, address);
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

async function ask(client: ReturnType<typeof openClient>, address: RedisAddress): Promise<RedisLook> {
  const info = readInfo(await client.info());
  const valkey = info.get("valkey_version");
  const version = valkey ?? info.get("redis_version") ?? "0";
  if (isOlder(version, LEAST_VERSION))
    throw problems.redisTooOld({ place: placeOf(address), version, least: LEAST_VERSION });
  const tripsMs: number[] = [];
  let clockAheadMs = 0;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    const [seconds, micros] = (await client.time()) as unknown as readonly [number | string, number | string];
    tripsMs.push(performance.now() - started);
    clockAheadMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - (Date.now() - (tripsMs.at(-1) ?? 0) / 2);
  }
  return {
    product: valkey === undefined ? "Redis" : "Valkey",
    version,
    info,
    latencyMs: tripsMs.sort((a, b) => a - b)[2] ?? 0,
    clockAheadMs: Math.round(clockAheadMs),
  };
}

function readInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(":");
      return at > 0 && !line.startsWith("#") ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

export function isOlder(version: string, least: string): boolean {
  const parts = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const [own, wanted] = [parts(version), parts(least)];
  for (let i = 0; i < wanted.length; i++)
    if ((own[i] ?? 0) !== (wanted[i] ?? 0)) return (own[i] ?? 0) < (wanted[i] ?? 0);
  return false;
}

const LOGIN = /\b(WRONGPASS|NOAUTH|NOPERM)\b|invalid password|without any password configured/i;

function toProblem(failure: unknown, address: RedisAddress): MeshError {
  const place = placeOf(address);
  const reason = failure instanceof Error ? failure.message || failure.name : String(failure);
  if (LOGIN.test(reason)) return problems.redisLoginRefused({ place, from: address.from }, { cause: failure });
  const code = (failure as NodeJS.ErrnoException | undefined)?.code;
  return problems.redisUnreachable(
    { place, from: address.from, reason: SAID[code ?? ""] ?? withoutSecret(reason, address) },
    { cause: failure, retryable: true },
  );
}

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its host is not known",
  EAI_AGAIN: "its host cannot be looked up now",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "its host cannot be reached",
  ECONNRESET: "it cuts the connection",
};

function withoutSecret(text: string, { password }: RedisAddress): string {
  return password === undefined || password === "" ? text : text.replaceAll(password, "***");
}
