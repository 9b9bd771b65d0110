// Owns reading a stream of events (SSE) in tests: what came, and where it ended.

export interface SseMessage {
  readonly event: string;
  readonly id?: string;
  readonly data: { readonly [key: string]: unknown };
}

export interface SseReader {
  readonly messages: readonly SseMessage[];
  readonly comments: number;
  /** Resolves when so many came; rejects when the stream ends before. */
  until(done: (messages: readonly SseMessage[]) => boolean): Promise<readonly SseMessage[]>;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export function readSse(response: Response): SseReader {
  if (response.status !== 200 || !response.body) throw new Error(`no stream: ${response.status}`);
  const messages: SseMessage[] = [];
  const waiting = new Set<() => void>();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let comments = 0;
  let over = false;
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  const ended = (async () => {
    let text = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) {
          const fields = new Map(
            block
              .split("\n")
              .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
          );
          if (fields.has("")) comments++;
          const data = fields.get("data");
          if (data === undefined) continue;
          const id = fields.get("id");
          messages.push({ event: fields.get("event") ?? "", data: JSON.parse(data), ...(id !== undefined && { id }) });
        }
        wake();
      }
    } catch {
      // Cut off: what came has come.
    } finally {
      over = true;
      wake();
    }
  })();
  return {
    messages,
    get comments() {
      return comments;
    },
    until: (done) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const enough = done(messages);
          if (!enough && !over) return;
          waiting.delete(check);
          if (enough) resolve(messages);
          else reject(new Error(`the stream ended after ${messages.length} messages: ${JSON.stringify(messages)}`));
        };
        waiting.add(check);
        check();
      }),
    ended,
    close: async () => {
      await reader.cancel().catch(() => undefined);
      await ended;
    },
  };
}
