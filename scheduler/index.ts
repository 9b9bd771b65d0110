// What commands load of the scheduler. May not be imported but dynamically: nothing here may cost `mesh --help` or `mesh run` anything.
export { redisChecks } from "./redis/index.ts";
