// Owns a proxy on a TCP connection that freezes, delays, cuts or lets one half go silent, and counts what it did. Knows no protocol.
import { once } from "node:events";
import { createServer, type Socket, connect as tcp } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Nothing passes in either direction; connections stay open. What is sent meanwhile passes afterwards. */
  freeze(): void;
  thaw(): void;
  /** Each piece passes this much later. */
  delay(ms: number): void;
  /** Closes every connection; new ones are taken. */
  cut(): void;
  /** Cuts the next so many connections on which the client says this instead of passing it on; upper or lower case. */
  cutAt(words: string, times: number): void;
  /** Open connections are dead from now on without anybody being told; new ones work. */
  halfOpen(): void;
  readonly counts: {
    readonly frozen: number;
    readonly delayed: number;
    readonly cut: number;
    readonly halfOpened: number;
  };
  stop(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  dead: boolean;
  readonly held: (() => void)[];
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const counts = { frozen: 0, delayed: 0, cut: 0, halfOpened: 0 };
  let frozen = false;
  let delayMs = 0;
  const cuts = { words: "", left: 0 };

  const proxy = createServer((client) => {
    const link: Link = { client, server: tcp(targetPort, "127.0.0.1"), dead: false, held: [] };
    links.add(link);
    const { server } = link;
    const end = () => {
      if (link.dead) return;
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    const pass = (from: Socket, to: Socket) =>
      from.on("data", (bytes) => {
        const send = () => {
          if (!link.dead && !to.destroyed) to.write(bytes);
        };
        if (link.dead) return;
        if (from === client && cuts.left > 0 && bytes.toString("latin1").toLowerCase().includes(cuts.words)) {
          cuts.left--;
          counts.cut++;
          end();
        } else if (frozen) link.held.push(send);
        else if (delayMs > 0) {
          counts.delayed++;
          setTimeout(send, delayMs);
        } else send();
      });
    pass(client, server);
    pass(server, client);
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");

  return {
    port: (proxy.address() as { port: number }).port,
    counts,
    freeze() {
      frozen = true;
      counts.frozen++;
    },
    thaw() {
      frozen = false;
      for (const link of links) for (const send of link.held.splice(0)) send();
    },
    delay(ms) {
      delayMs = ms;
    },
    cut() {
      for (const { client, server } of [...links]) {
        counts.cut++;
        client.destroy();
        server.destroy();
      }
    },
    cutAt(words, times) {
      cuts.words = words.toLowerCase();
      cuts.left = times;
    },
    halfOpen() {
      for (const link of links) {
        if (link.dead) continue;
        link.dead = true;
        counts.halfOpened++;
        link.server.destroy();
      }
    },
    async stop() {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      proxy.close();
    },
  };
}
