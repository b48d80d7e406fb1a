import type { Millis } from "./units.ts";

/**
 * After this time, people are told that a named pipe waits. When a program has the other end open already,
 * opening takes less.
 */
export const WAITING_IS_NEWS_AFTER_MILLIS: Millis = 500;

/** The line that tells it. */
export function waitingText(flag: string, path: string, whom: "writes to" | "reads"): string {
  return `${flag} ${path} waits for a program that ${whom} this pipe`;
}
