/** What sending took. */
export interface Spent {
  /** Copies that the system accepted. */
  readonly sent: number;
  /** Processor time of all threads. */
  readonly cpuNanos: number;
}

/** Adds up what several rounds took. */
export function totalOf(rounds: readonly Spent[]): Spent {
  const sum = (of: (one: Spent) => number) => rounds.reduce((total, one) => total + of(one), 0);
  return { sent: sum(({ sent }) => sent), cpuNanos: sum(({ cpuNanos }) => cpuNanos) };
}

/** Microseconds of processor time for each copy. */
export function microsOf({ sent, cpuNanos }: Spent): number {
  return cpuNanos / 1000 / sent;
}
