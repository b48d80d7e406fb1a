import type { Millis } from "./units.ts";

/** A program that already has the other end of a named pipe answers within this time; a longer wait is reported. */
export const WAITING_IS_NEWS_AFTER_MILLIS: Millis = 500;

/** The report of a longer wait. */
export function waitingText(flag: string, path: string, whom: "writes to" | "reads"): string {
  return `${flag} ${path} waits for a program that ${whom} this pipe`;
}
