// Owns a proxy in front of a Postgres that cuts a connection at an exact message of the protocol, or tells that it passed. Knows messages, not mesh.
import { createServer, type Socket, connect as tcp } from "node:net";

/** What a fault waits for. `client`: a message to the server whose text holds this. `server`: so many messages of this kind to the client, and bytes of the next. */
export type Stage =
  | { readonly at: "connect" }
  | { readonly at: "login" }
  | { readonly at: "client"; readonly says: string }
  | { readonly at: "server"; readonly kind: string; readonly messages: number; readonly bytes?: number };

export interface PostgresProxy {
  readonly port: number;
  /** The next connection that reaches the stage is cut, or `act` is called and all goes on. Counts in `hits`. */
  arm(stage: Stage, act?: () => void): void;
  readonly hits: number;
  stop(): Promise<void>;
}

export async function startPostgresProxy(targetPort: number): Promise<PostgresProxy> {
  let armed: { readonly stage: Stage; readonly act: (() => void) | undefined } | undefined;
  let hits = 0;
  const sockets = new Set<Socket>();
  /** True when the connection ends here. */
  const hit = (): boolean => {
    const act = armed?.act;
    armed = undefined;
    hits++;
    act?.();
    return act === undefined;
  };

  const server = createServer((client) => {
    const upstream = tcp(targetPort, "127.0.0.1");
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    if (armed?.stage.at === "connect" && hit()) return end();
    client.on("data", (bytes: Buffer) => {
      const stage = armed?.stage;
      const reached = stage?.at === "login" || (stage?.at === "client" && bytes.includes(stage.says));
      if (reached && hit()) return end();
      upstream.write(bytes);
    });
    const messages = countMessages();
    upstream.on("data", (bytes: Buffer) => {
      const stage = armed?.stage;
      const border = stage?.at === "server" ? messages.borderIn(bytes, stage.kind, stage.messages) : undefined;
      messages.pass(bytes);
      if (border === undefined || stage?.at !== "server") return client.write(bytes);
      const kept = Math.min(bytes.length, border + (stage.bytes ?? 0));
      if (!hit()) return client.write(bytes);
      // What was sent before the cut arrives.
      client.end(bytes.subarray(0, kept));
      upstream.destroy();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as { port: number }).port,
    arm(stage, act) {
      armed = { stage, act };
    },
    get hits() {
      return hits;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Finds messages in a server's bytes: a letter, four bytes of length that count themselves, and the rest. */
function countMessages() {
  let inside = 0;
  let head = Buffer.alloc(0);
  const seen = new Map<string, number>();
  const walk = (bytes: Buffer, each: (kind: string, end: number) => boolean, keep: boolean): number | undefined => {
    let [left, prefix, at] = [inside, head, 0];
    let found: number | undefined;
    let kind = "";
    while (at < bytes.length && found === undefined) {
      if (left === 0) {
        const needed = 5 - prefix.length;
        prefix = Buffer.concat([prefix, bytes.subarray(at, at + needed)]);
        at = Math.min(bytes.length, at + needed);
        if (prefix.length < 5) break;
        kind = String.fromCharCode(prefix[0] ?? 0);
        left = prefix.readUInt32BE(1) - 4;
        prefix = Buffer.alloc(0);
        if (left === 0 && each(kind, at)) found = at;
        continue;
      }
      const step = Math.min(left, bytes.length - at);
      at += step;
      left -= step;
      if (left === 0 && each(kind, at)) found = at;
    }
    if (keep) [inside, head] = [left, prefix];
    return found;
  };
  return {
    /** Where in the bytes the n-th message of the kind ends; undefined when not in these. */
    borderIn(bytes: Buffer, wanted: string, n: number): number | undefined {
      let count = seen.get(wanted) ?? 0;
      return walk(bytes, (kind) => kind === wanted && ++count === n, false);
    },
    pass(bytes: Buffer): void {
      walk(
        bytes,
        (kind) => {
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          return false;
        },
        true,
      );
    },
  };
}
