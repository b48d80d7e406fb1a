import type { Millis } from "../core/units.ts";

const UNIT_MILLIS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DURATION =
  /^(?=.)(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/**
 * Reads a duration such as `200ms`, `5s`, `1m30s` or `2h`.
 *
 * @returns milliseconds, or undefined when the text is not a duration, for example has no unit.
 */
export function parseDuration(text: string): Millis | undefined {
  const match = DURATION.exec(text.trim());
  if (!match) return undefined;
  const [, hours, minutes, seconds, millis] = match;
  const total = Number(hours ?? 0) * UNIT_MILLIS.h! + Number(minutes ?? 0) * UNIT_MILLIS.m! +
    Number(seconds ?? 0) * UNIT_MILLIS.s! + Number(millis ?? 0);
  return Number.isSafeInteger(Math.ceil(total)) ? total : undefined;
}

/** Writes a duration so that {@linkcode parseDuration} reads it: `90000` becomes `1m30s`. */
export function formatDuration(millis: Millis): string {
  let rest = Math.round(millis);
  let text = "";
  for (const [name, size] of Object.entries(UNIT_MILLIS)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${name}`;
    rest -= amount * size;
  }
  return text === "" ? "0ms" : text;
}
