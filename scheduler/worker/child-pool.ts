// Owns the child processes of a worker: as many as may work at once, kept warm, replaced when they are worn out or dead. Knows nothing of tasks.
import { problems } from "../../core/errors/index.ts";
import type { Log } from "../duty.ts";
import type { Metrics } from "../process/index.ts";
import { type Child, type ChildProgram, startChild, type WorkEnd } from "./child.ts";
import { describeDeath } from "./describe-death.ts";

export interface PoolOptions {
  readonly program: ChildProgram;
  readonly size: number;
  /** A child is replaced after so many pieces of work, by one that is ready by then. */
  readonly maxWorks: number;
  /** A child that holds more memory than this after its work is replaced. */
  readonly maxRssBytes: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly redact: (text: string) => string;
  readonly onSecret: (text: string) => void;
}

export interface PerformOptions {
  readonly work: unknown;
  /** How messages name it. */
  readonly what: string;
  /** Aborted: the child is asked to stop, and killed when it has not within the patience. */
  readonly signal: AbortSignal;
  /** What the child's own signal is aborted with. */
  readonly why: () => string;
  readonly patience: () => Patience;
  readonly onEvent: (event: unknown) => void;
}

/** How long work may take to stop. */
export interface Patience {
  readonly graceMs: number;
  /** The same for a child that does not even hear it, because its JavaScript is busy. */
  readonly deafMs: number;
}

/** How work ended; what killed it is told in words. */
export type Performed = Exclude<WorkEnd, { readonly type: "died" }> | { readonly type: "lost"; readonly how: string };

export interface ChildPool {
  /** Waits for a free child. Throws `process/child-not-started` when none can be had. */
  perform(options: PerformOptions): Promise<Performed>;
  /** Lets idle children go, and busy ones when they are done; kills what is left when `signal` is aborted. */
  close(signal: AbortSignal): Promise<void>;
}

interface Member {
  readonly child: Child;
  works: number;
  busy: boolean;
  /** It has done its share, and goes on until another is ready in its place. */
  worn: boolean;
  leaving: boolean;
}

const LONGEST_PAUSE_MS = 15_000;
const LEAVE_MS = 5_000;
/** Of its works a new child has so much behind it, by chance: children that began together must not be replaced together. */
const SPREAD = 0.25;

export function createChildPool({ program, size, log, metrics, redact, ...options }: PoolOptions): ChildPool {
  const members = new Set<Member>();
  const waiting: { take: (member: Member) => void; refuse: (error: Error) => void }[] = [];
  let closing = false;
  let failedStarts = 0;
  let restart: NodeJS.Timeout | undefined;

  const count = (): void => {
    const busy = [...members].filter((member) => member.busy).length;
    metrics.children.set({ state: "busy" }, busy);
    metrics.children.set({ state: "idle" }, members.size - busy);
  };
  const hand = (member: Member): void => {
    const next = waiting.shift();
    if (!next) return;
    member.busy = true;
    next.take(member);
    count();
  };
  const dismiss = (member: Member): void => {
    const { child } = member;
    member.leaving = true;
    child.leave();
    const timer = setTimeout(() => child.kill(), LEAVE_MS);
    void child.exited.then(() => clearTimeout(timer));
  };
  /** Starts what is missing. A child that cannot even start is tried again, more and more slowly. */
  const fill = (): void => {
    if (closing) return;
    while ([...members].filter(({ worn }) => !worn).length < size) add();
  };
  /** A child is ready in the place of one that is worn. */
  const relieve = (): void => {
    const worn = [...members].find((member) => member.worn && !member.leaving);
    if (!worn || members.size <= size) return;
    worn.leaving = true;
    if (!worn.busy) dismiss(worn);
  };
  const add = (): void => {
    const child = startChild(program, {
      onSecret: options.onSecret,
      onLine: (line, stream) => log.info({ child: child.pid, stream }, redact(line)),
    });
    const works = Math.floor(Math.random() * options.maxWorks * SPREAD);
    const member: Member = { child, works, busy: false, worn: false, leaving: false };
    members.add(member);
    count();
    void child.ready.then((ready) => {
      if (!ready) return;
      failedStarts = 0;
      relieve();
      if (!member.busy) hand(member);
    });
    void Promise.all([child.ready, child.exited]).then(([ready, death]) => {
      members.delete(member);
      count();
      metrics.childEnds.inc({ reason: !ready ? "not-started" : member.leaving ? "retired" : "died" });
      if (closing) return;
      if (ready) return fill();
      const how = redact(describeDeath(death));
      failedStarts++;
      if ((failedStarts & (failedStarts - 1)) === 0)
        log.error({ how, failedStarts }, "a child process could not be started");
      for (const { refuse } of waiting.splice(0)) refuse(problems.childNotStarted({ how }));
      clearTimeout(restart);
      restart = setTimeout(fill, Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(failedStarts, 8)));
    });
  };
  const takeChild = async (): Promise<Member> => {
    for (const member of members) {
      if (member.busy || member.leaving) continue;
      member.busy = true;
      count();
      if (await member.child.ready) return member;
    }
    return new Promise((take, refuse) => waiting.push({ take, refuse }));
  };
  const giveBack = (member: Member, rssBytes: number): void => {
    member.busy = false;
    member.works++;
    member.worn ||= member.works >= options.maxWorks;
    const dismissed = member.leaving || rssBytes > options.maxRssBytes || closing;
    if (member.worn || dismissed)
      log.debug({ child: member.child.pid, works: member.works, rssBytes }, "a child process is replaced");
    if (dismissed) dismiss(member);
    else hand(member);
    if (member.worn) fill();
    count();
  };
  fill();

  return {
    async perform({ work, what, signal, why, patience, onEvent }) {
      const member = await takeChild();
      const { child } = member;
      let killed = false;
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        const { graceMs, deafMs } = patience();
        const endMs = performance.now() + graceMs;
        const kill = (): void => {
          killed = true;
          log.warn({ child: child.pid, what, graceMs }, "a child process did not stop when asked and is killed");
          child.kill();
        };
        // Asked again and again: it may hear the first and be busy after that.
        const ask = (): void => {
          const leftMs = endMs - performance.now();
          timer = setTimeout(kill, Math.min(deafMs, leftMs));
          child.stop(why(), () => {
            clearTimeout(timer);
            if (!killed)
              timer = leftMs > deafMs ? setTimeout(ask, deafMs / 4) : setTimeout(kill, endMs - performance.now());
          });
        };
        ask();
      };
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      try {
        const end = await child.perform(work, onEvent);
        if (end.type !== "died") {
          giveBack(member, end.rssBytes);
          return end;
        }
        const how = killed ? "it did not stop when asked and was killed" : redact(describeDeath(end.death));
        log.warn({ child: child.pid, what, how }, "a child process ended with its work");
        return { type: "lost", how };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    },

    async close(signal) {
      closing = true;
      clearTimeout(restart);
      for (const { refuse } of waiting.splice(0)) refuse(problems.childNotStarted({ how: "the worker ends" }));
      for (const member of members) {
        if (!member.busy) dismiss(member);
      }
      const kill = (): void => {
        for (const { child } of members) child.kill();
      };
      signal.addEventListener("abort", kill, { once: true });
      if (signal.aborted) kill();
      await Promise.all([...members].map(({ child }) => child.exited));
      signal.removeEventListener("abort", kill);
    },
  };
}
