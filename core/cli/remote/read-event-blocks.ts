// Owns reading a stream of events (SSE) as it comes in. Knows no event.

export interface EventBlock {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

/** Comments and blocks without data are passed over. */
export async function* readEventBlocks(stream: ReadableStream<Uint8Array>): AsyncIterable<EventBlock> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const read = readBlock(block);
      if (read) yield read;
    }
  }
}

function readBlock(block: string): EventBlock | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const value = line.slice(at + 1).replace(/^ /, "");
    const name = line.slice(0, at);
    fields.set(name, name === "data" && fields.has("data") ? `${fields.get("data")}\n${value}` : value);
  }
  const data = fields.get("data");
  if (data === undefined) return undefined;
  const id = fields.get("id");
  return { event: fields.get("event") ?? "message", data: JSON.parse(data), ...(id !== undefined && { id }) };
}
