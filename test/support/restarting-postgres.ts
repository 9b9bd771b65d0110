// Owns a real Postgres that a test breaks down and starts again where it was: same files, same port. What is expected of others is the tests'.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "./database-servers.ts";

export interface RestartingPostgres {
  readonly url: string;
  readonly port: number;
  /** An immediate shutdown, by its process id: what goes on is cut off, nothing is tidied up; the next start recovers from the log. */
  breakDown(): Promise<void>;
  /** With what was committed. Resolves when it takes connections. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What was committed survives the server's processes; that of the machine is not what breaks down here. */
const SETTINGS = { synchronous_commit: "on" };

export async function startRestartingPostgres(): Promise<RestartingPostgres> {
  const wanted = await mkdtemp(join(tmpdir(), "mesh-restarting-"));
  const first = await startPostgres({ dataDir: wanted, settings: SETTINGS });
  const { url, port, dataDir } = first;
  let server: Pick<typeof first, "pid" | "stop"> | undefined = first;
  return {
    url,
    port,
    async breakDown() {
      if (!server) throw new Error("the server is down already");
      process.kill(server.pid, "SIGQUIT");
      // Its milder signal changes nothing any more; it waits until the process is gone.
      await server.stop();
      server = undefined;
    },
    async restart() {
      server = await startPostgres({ dataDir, port, settings: SETTINGS });
    },
    async stop() {
      await server?.stop();
      await rm(dataDir, { recursive: true, force: true });
      await rm(wanted, { recursive: true, force: true });
    },
  };
}
