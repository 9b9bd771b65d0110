// Owns telling by e-mail over SMTP: the only user of nodemailer. A repeated delivery has the same message id.
import { createHash } from "node:crypto";
import { type Channel, codeOf } from "./channel.ts";

export interface EmailSettings {
  readonly smtp: string;
  readonly from: string;
  readonly timeoutMs: number;
}

export async function createEmailChannel({ smtp, from, timeoutMs }: EmailSettings): Promise<Channel> {
  const { createTransport } = await import("nodemailer");
  const url = new URL(smtp);
  // Nothing of a URL or a file is ever read because an alert says so.
  const transport = createTransport({
    host: url.hostname,
    port: Number(url.port || (url.protocol === "smtps:" ? 465 : 587)),
    secure: url.protocol === "smtps:",
    ...(url.username !== "" && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    ...(url.searchParams.get("tls") === "off" && { ignoreTLS: true }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ alert, recipient }) {
      const { key, severity, message } = alert;
      const id = createHash("sha256").update(`${key} ${recipient}`).digest("hex").slice(0, 32);
      await transport
        .sendMail({
          from,
          to: recipient,
          subject: `[mesh] ${message.title}`,
          text: `${message.title}\n\n${message.lines.join("\n")}\n`,
          messageId: `<${id}@mesh>`,
          headers: { "X-Mesh-Alert": key, "X-Mesh-Severity": severity, "Auto-Submitted": "auto-generated" },
        })
        .catch((error: unknown) => {
          const code = (error as { responseCode?: unknown } | null)?.responseCode;
          throw new Error(
            `the mail server did not take it (${typeof code === "number" ? `SMTP ${code}` : codeOf(error)})`,
          );
        });
    },
    close: () => transport.close(),
  };
}
