// Owns telling by HTTP, in the form of Slack's incoming webhooks. The URL is a secret: it is in no message.
import type { DeliveryRecord } from "../../state/index.ts";
import { type Channel, codeOf } from "./channel.ts";

/** Slack's limit is 3,000 characters of a block's text. */
const BLOCK_CHARACTERS = 2_900;

export function createWebhookChannel({
  url,
  timeoutMs,
}: {
  readonly url: string;
  readonly timeoutMs: number;
}): Channel {
  return {
    async send(delivery, signal) {
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": delivery.alert.key },
        body: JSON.stringify(slackMessage(delivery)),
        redirect: "manual",
        signal: AbortSignal.any([limit, signal]),
      }).catch((error: unknown) => {
        throw new Error(limit.aborted ? `no answer within ${timeoutMs} ms` : `the request failed (${codeOf(error)})`);
      });
      await response.body?.cancel().catch(() => undefined);
      if (!response.ok) throw new Error(`it answered HTTP ${response.status}`);
    },
    close() {},
  };
}

function slackMessage({ alert, recipient }: DeliveryRecord) {
  const { key, kind, severity, incident, message } = alert;
  const blocks: string[] = [`*${escapeText(message.title)}*`];
  for (const line of message.lines.map(escapeText)) {
    const last = blocks.at(-1) as string;
    if (blocks.length > 1 && last.length + line.length < BLOCK_CHARACTERS)
      blocks[blocks.length - 1] = `${last}\n${line}`;
    else blocks.push(line);
  }
  return {
    text: escapeText(message.title),
    blocks: blocks.map((text) => ({ type: "section", text: { type: "mrkdwn", text } })),
    ...(recipient !== "" && { channel: recipient }),
    metadata: { event_type: "mesh_alert", event_payload: { key, kind, severity, incident } },
  };
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
