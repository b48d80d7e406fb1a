import type { Millis } from "./units.ts";

/** Whoever has the other end of a named pipe already is there within this time; after it, waiting is news. */
export const WAITING_IS_NEWS_AFTER_MILLIS: Millis = 500;

/** What people are told then. */
export function waitingText(flag: string, path: string, whom: "writes to" | "reads"): string {
  return `${flag} ${path} waits for a program that ${whom} this pipe`;
}
