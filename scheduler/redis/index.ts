// Finds the Redis of a mesh, or starts one for development, and opens clients. May not know queues, tickets or the state store.
export { parseRedisUrl, placeOf, type RedisAddress } from "./address.ts";
export { joinDevelopmentRedis } from "./development-redis.ts";
export { configuredRedis, type FoundRedis, findRedis } from "./find-redis.ts";
export { isOlder, lookAtRedis, type RedisLook } from "./look-at-redis.ts";
export { COMMAND_TIMEOUT_MS, openClient } from "./open-client.ts";
export { judgeRedis, redisChecks } from "./redis-checks.ts";
export { findServerProgram, startServerProcess } from "./server-process.ts";
