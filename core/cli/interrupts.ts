// Owns Ctrl-C: the first asks a command that can stop cleanly to do so, any other and the second end the process at once.

export interface Interrupts {
  /** Aborted by the first interrupt. Taking it is the promise to stop cleanly when it is. */
  takeSignal(): AbortSignal;
  /** The same for a process that runs until it is told to end: ending is what it is for, so its exit code is its own. */
  takeDrainSignal(): AbortSignal;
  /** 130 or 143 once interrupted: what a shell expects of a program stopped by a signal. */
  exitCode(): number | undefined;
}

const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

export function watchInterrupts(tell: (text: string) => void): Interrupts {
  const abort = new AbortController();
  let code: number | undefined;
  let taken = false;
  let drains = false;
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(name, () => {
      if (code !== undefined || !taken) process.exit(exitCode);
      code = exitCode;
      if (!drains) tell("Stopping; what is published stays as it is. Press Ctrl-C again to exit at once.");
      abort.abort();
    });
  }
  const takeSignal = () => {
    taken = true;
    return abort.signal;
  };
  const takeDrainSignal = () => {
    drains = true;
    return takeSignal();
  };
  return { takeSignal, takeDrainSignal, exitCode: () => (drains ? undefined : code) };
}
