// Owns what users write under `alerts` of mesh.config.ts.

/** `{ text, blocks }` is posted to it, as Slack's incoming webhooks take it. */
export interface WebhookChannelOptions {
  readonly kind: "webhook";
  /** `${NAME}` is taken from the environment. */
  readonly url: string;
  /** The longest one delivery may take. Default: `10s`. */
  readonly timeout?: string;
}

export interface EmailChannelOptions {
  readonly kind: "email";
  /** `smtp://user:${SMTP_PASSWORD}@mail:587` or `smtps://…`; `${NAME}` is taken from the environment. */
  readonly smtp: string;
  readonly from: string;
  /** Gets everything that is sent through this channel, instead of the owner's own address. */
  readonly to?: string;
  readonly timeout?: string;
}

/** The command gets the alert as JSON on its standard input; any exit code but 0 is a failure. */
export interface CommandChannelOptions {
  readonly kind: "command";
  /** The program and its arguments; no shell. */
  readonly command: readonly string[];
  /** Default: `30s`. Then it is killed. */
  readonly timeout?: string;
}

export type AlertChannelOptions = WebhookChannelOptions | EmailChannelOptions | CommandChannelOptions;

/** Who is told of incidents, and how. */
export interface AlertsOptions {
  readonly channels: Readonly<Record<string, AlertChannelOptions>>;
  /** The channels by which an owner's `slack` and `email` are reached: a webhook and an e-mail channel. */
  readonly owners?: { readonly slack?: string; readonly email?: string };
  /** Project -> channels that take the alerts to its owner instead. */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
  /** Channels that take what no owner can be told. */
  readonly default?: readonly string[];
}
