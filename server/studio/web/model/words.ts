import type { Millis } from "../../../../shared/core/units.ts";
import {
  type MatchState,
  type PastEvent,
  UNDO_MILLIS,
  type WaitingEvent,
} from "../../../../shared/studio/match_messages.ts";
import type {
  StudioChannels,
  StudioListener,
  StudioStart,
} from "../../../../shared/studio/studio_messages.ts";
import type { Link } from "../../../../viewer/web/model/connection.ts";

export interface PillWords {
  readonly tone: "good" | "busy" | "bad" | "over";
  readonly title: string;
  readonly detail: string;
}

export interface PillFacts {
  readonly link: Link;
  readonly isKnown: boolean;
  readonly ending: string;
  readonly isDriving: boolean;
  readonly channels: StudioChannels | null;
  readonly listeners: number;
  readonly now: Millis;
}

/** How it is with the broadcast; of several troubles, the one nearest to the page. */
export function pillWords(facts: PillFacts): PillWords {
  const { link, ending, channels, listeners } = facts;
  if (ending !== "") return { tone: "over", title: "The broadcast is over", detail: "" };
  if (link.state === "lost") {
    const seconds = Math.max(Math.ceil((link.retryAt - facts.now) / 1000), 1);
    return { tone: "bad", title: "The host is gone", detail: `again in ${seconds} s` };
  }
  if (!facts.isKnown || !channels) {
    return { tone: "busy", title: "Connecting", detail: "to the host" };
  }
  const states = [channels.sound.state, channels.screen.state];
  const detail = `${listeners} listening`;
  if (!facts.isDriving) return { tone: "busy", title: "Watching", detail };
  if (states.includes("paused")) return { tone: "bad", title: "Paused", detail };
  if (states.includes("live")) return { tone: "good", title: "On air", detail };
  return { tone: "good", title: "Ready", detail };
}

/** What has happened from one state of the match to the next, for screen readers; "" for nothing. */
export function matchNews(before: MatchState, after: MatchState): string {
  const { waiting, past, score } = after;
  const pressed = waiting.filter((event) => !isAmong(before.waiting, event));
  const undone = before.waiting.filter((event) => !isAmong([...waiting, ...past], event));
  const sent = past.filter(({ count }) => count > before.count).toReversed();
  return [
    ...pressed.map((event) => `${eventName(event)}: goes out in ${UNDO_MILLIS / 1000} s.`),
    ...undone.map((event) => `Undone: ${eventName(event)}.`),
    ...sent.map((event) => `Sent: ${eventName(event)}.`),
    ...(sent.length > 0 ? [score.join(" to ")] : []),
  ].join(" ");
}

function isAmong(events: readonly { readonly id: string }[], { id }: { readonly id: string }) {
  return events.some((event) => event.id === id);
}

/** `Goal, Flamengo` */
export function eventName({ title, origin }: PastEvent | WaitingEvent): string {
  return origin === "" ? title : `${title}, ${origin}`;
}

/** `now`, `45 s`, `12 min`, `1 h 05 min`. */
export function ageWords(age: Millis): string {
  const seconds = Math.floor(age / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function listenerName({ name, tokenName, address }: StudioListener): string {
  return name || tokenName || address;
}

/** Percent of the packets that were lost, of the channel that is worst; undefined before the first report. */
export function worstLoss({ lossPercent }: StudioListener): number | undefined {
  const known = Object.values(lossPercent).filter((percent) => percent !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** `0 %`, `0.4 %`, `12 %`; a dash while unknown. */
export function percentWords(percent: number | undefined): string {
  if (percent === undefined) return "–";
  if (percent === 0) return "0 %";
  return `${percent < 0.1 ? "< 0.1" : percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** `1.2 Mbit/s`, `32 kbit/s`. */
export function bitrateWords(bitrate: number): string {
  if (bitrate >= 1_000_000) return `${(bitrate / 1_000_000).toFixed(1)} Mbit/s`;
  return `${Math.round(bitrate / 1000)} kbit/s`;
}

export interface PutOutWords {
  readonly question: string;
  readonly detail: string;
  readonly canRevoke: boolean;
}

/** What is asked before a listener is put out: whether it can come back. */
export function putOutWords(
  listener: StudioListener,
  tokens: StudioStart["tokens"],
): PutOutWords {
  const name = listenerName(listener);
  const question = `Put out ${name}?`;
  if (listener.hasOwnToken) {
    const detail = `${name} no longer hears you. Its token is its own: as long as it is ` +
      "valid, the listener can come back with it.";
    return { question, detail, canRevoke: true };
  }
  const why = tokens === "open"
    ? "This broadcast is open to everybody"
    : "All listeners use the token of the link";
  const detail = `${name} no longer hears you. ${why}, so the listener can come back.`;
  return { question, detail, canRevoke: false };
}
