import type { Millis } from "../../../shared/core/units.ts";
import type { LiveData } from "../../../shared/page/page.ts";

/** What the words about live data depend on. */
export interface DataSituation {
  readonly data: LiveData;
  /** Why nothing more comes, in a few words; undefined while something may. */
  readonly end: string | undefined;
  /** Whether page, viewer and host are connected. */
  readonly isInTouch: boolean;
  readonly hasMessage: boolean;
  /** How long there was no message, once that is too long; else 0. */
  readonly staleSeconds: number;
  /** The usual time between two messages; asked only when there was none for too long. */
  readonly interval: () => Millis | undefined;
}

/** The tone is for the colour: all is well, waiting, old values, an end. */
export interface DataWords {
  readonly tone: "live" | "wait" | "stale" | "over";
  readonly title: string;
  readonly text: string;
}

/** The state of the values, and when they are old, why. */
export function dataWords(situation: DataSituation): DataWords {
  const { data, end, hasMessage, isInTouch, staleSeconds } = situation;
  const last = hasMessage ? "These are its last values." : "";
  if (end !== undefined) return { tone: "over", title: `${end}.`, text: last };
  if (!data.isSent) {
    return { tone: "over", title: "The host has stopped sending data.", text: last };
  }
  if (!hasMessage) {
    return {
      tone: "wait",
      title: "Waiting for the first message.",
      text: "Values appear here as the host sends them.",
    };
  }
  if (!isInTouch) {
    return { tone: "stale", title: "Stale:", text: "nothing comes from the host." };
  }
  if (staleSeconds > 0) {
    const interval = situation.interval();
    const usually = interval === undefined ? "" : `, usually ${paceWords(interval)}`;
    return { tone: "stale", title: "Stale:", text: `no message for ${staleSeconds} s${usually}.` };
  }
  return { tone: "live", title: "Live", text: "" };
}

/** `60 a second`, `1.0 a second`, `one every 10 s`. */
export function paceWords(interval: Millis): string {
  const rate = 1000 / Math.max(interval, 1);
  if (rate >= 9.95) return `${Math.round(rate)} a second`;
  if (rate >= 0.95) return `${rate.toFixed(1)} a second`;
  return `one every ${Math.round(interval / 1000)} s`;
}

/** `14:03:05` by this machine's clock; with the day when it is another. */
export function timeOfDay(time: Millis, now: Millis): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const isToday = date.toDateString() === new Date(now).toDateString();
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return isToday ? clock : `${day} ${clock}`;
}
