// Owns a way to MariaDB that breaks where a test says: at a query of a certain text, or so many packets of its answer later.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Fault {
  /** The query at which it happens, by a part of its text. */
  readonly at: string;
  /** Whole packets of the answer that still come through. Absent: the query itself does not arrive. */
  readonly packets?: number;
  /** Bytes of the packet after those that come through. */
  readonly bytes?: number;
  /** `cut`: the connection ends. `hang`: nothing comes any more, and nobody is told. */
  readonly how: "cut" | "hang";
}

export interface MysqlProxy {
  /** The same URL by way of the proxy. */
  through(url: string): string;
  /** From now on; undefined: none. */
  arm(fault: Fault | undefined): void;
  /** Faults that happened. */
  readonly injected: number;
  /** Resolves when the next fault has happened. */
  awaitFault(): Promise<void>;
  close(): Promise<void>;
}

const HEADER_BYTES = 4;
const NOTHING: Buffer = Buffer.alloc(0);

export async function startMysqlProxy(port: number): Promise<MysqlProxy> {
  let fault: Fault | undefined;
  let injected = 0;
  let tell: () => void = () => undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const store = connect(port, "127.0.0.1");
    for (const socket of [client, store]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        (socket === client ? store : client).destroy();
      });
    }
    let silent = false;
    // Of the answer that breaks: packets and bytes of one that are still to pass, undefined before its query.
    let left: { packets: number; bytes: number } | undefined;
    let inPacket = 0;
    let header: Buffer = NOTHING;
    const happen = (how: Fault["how"]) => {
      injected++;
      silent = true;
      fault = undefined;
      tell();
      if (how === "cut") client.destroy();
    };
    client.on("data", (chunk) => {
      if (silent) return;
      if (fault && left === undefined && chunk.includes(fault.at)) {
        if (fault.packets === undefined) return happen(fault.how);
        left = { packets: fault.packets, bytes: fault.bytes ?? 0 };
      }
      store.write(chunk);
    });
    store.on("data", (chunk) => {
      let at = 0;
      const pass = (end: number) => {
        if (client.write(chunk.subarray(0, end))) return;
        store.pause();
        client.once("drain", () => store.resume());
      };
      while (at < chunk.length) {
        if (silent) return;
        if (left !== undefined && left.packets <= 0 && inPacket === 0 && header.length === 0) {
          pass(at + left.bytes);
          const how = fault?.how ?? "cut";
          happen("hang");
          if (how === "cut") client.end();
          return;
        }
        if (inPacket > 0) {
          const take = Math.min(inPacket, chunk.length - at);
          at += take;
          inPacket -= take;
          if (inPacket === 0 && left) left.packets--;
          continue;
        }
        const take = Math.min(HEADER_BYTES - header.length, chunk.length - at);
        header =
          take === HEADER_BYTES
            ? chunk.subarray(at, at + take)
            : Buffer.concat([header, chunk.subarray(at, at + take)]);
        at += take;
        if (header.length < HEADER_BYTES) continue;
        inPacket = header.readUIntLE(0, 3);
        header = NOTHING;
        if (inPacket === 0 && left) left.packets--;
      }
      if (!silent) pass(chunk.length);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const own = typeof address === "object" && address ? address.port : 0;
  return {
    through(url) {
      const changed = new URL(url);
      changed.port = String(own);
      return changed.href;
    },
    arm(next) {
      fault = next;
    },
    get injected() {
      return injected;
    },
    awaitFault: () =>
      new Promise((resolve) => {
        tell = resolve;
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
