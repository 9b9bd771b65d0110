// Finds the Redis of a mesh, or starts one for development, and opens clients. May not know queues, tickets or the state store.
export { parseRedisUrl, placeOf, type RedisAddress } from "./address.ts";
export { type DevelopmentRedis, joinDevelopmentRedis } from "./development-redis.ts";
export { configuredRedis, type FindRedisOptions, type FoundRedis, findRedis } from "./find-redis.ts";
export { isOlder, LEAST_VERSION, lookAtRedis, type RedisLook } from "./look-at-redis.ts";
export { type ClientOptions, COMMAND_TIMEOUT_MS, openClient } from "./open-client.ts";
export { judgeRedis, type RedisChecksRequest, redisChecks } from "./redis-checks.ts";
export { findServerProgram, type ServerProcess, startServerProcess } from "./server-process.ts";
