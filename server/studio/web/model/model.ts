/**
 * server/studio/web/model: the state of the studio's page and the words for it, without a browser.
 *
 * In: messages of the host (connection.ts keeps the WebSocket open), and the time. Out: signals, which the
 * components only read. desk.ts makes commands of what the host of the broadcast does; words.ts,
 * media_words.ts and listener_words.ts turn values into text, settings.ts keeps choices in the browser.
 * Clock and socket are passed in, so tests need no browser. The next file to read is desk.ts.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../../shared/core/units.ts";
import { formatClock } from "../../../../shared/event/event.ts";
import type { Scoreboard } from "../../../../shared/page/page.ts";
import type {
  MatchSetup,
  MatchState,
  PastEvent,
  WaitingEvent,
} from "../../../../shared/studio/match_messages.ts";
import { isOpen } from "../../../../shared/report/candidate_list.ts";
import type { Candidate } from "../../../../shared/report/report.ts";
import type {
  StudioCandidates,
  StudioChannels,
  StudioCounts,
  StudioListener,
  StudioListeners,
  StudioStart,
  StudioToPage,
} from "../../../../shared/studio/studio_messages.ts";
import type { ScoreboardModel } from "../../../../viewer/web/components/scoreboard_panel.ts";
import { subjectWords } from "../../../../viewer/web/reports/report_words.ts";
import type { Link } from "../../../../viewer/web/model/connection.ts";
import { matchNews } from "./words.ts";

/** A sentence of the host for whoever sits at the page. */
export interface Notice {
  readonly key: number;
  readonly level: "info" | "warning" | "error";
  readonly text: string;
  /** When it goes by itself. */
  readonly until: Millis;
}

/** What the page asks before it does something. */
export type Question =
  | { readonly kind: "put-out"; readonly listener: StudioListener }
  | { readonly kind: "correct"; readonly event: PastEvent | WaitingEvent }
  | { readonly kind: "take-back"; readonly event: PastEvent }
  | { readonly kind: "teams" };

/** What is decided stays so long, so that whoever looks sees how it went. */
const DECIDED_STAYS: Millis = 8000;
const MAX_NOTICES = 4;
const SHOWN_MILLIS: Readonly<Record<Notice["level"], Millis>> = {
  info: 8000,
  warning: 30_000,
  error: Infinity,
};

/** The state of the page, as signals for the components. */
export class StudioModel implements ScoreboardModel {
  readonly link: Signal<Link> = signal({ state: "connecting" });
  /** null until the host has told it; components show what they can until then. */
  readonly start: Signal<StudioStart | null> = signal(null);
  readonly driving: Signal<{ readonly isDriving: boolean; readonly isOther: boolean }> = signal({
    isDriving: false,
    isOther: false,
  });
  readonly setup: Signal<MatchSetup | null> = signal(null);
  readonly match: Signal<MatchState | null> = signal(null);
  readonly channels: Signal<StudioChannels | null> = signal(null);
  readonly listeners: Signal<StudioListeners | null> = signal(null);
  readonly counts: Signal<StudioCounts | null> = signal(null);
  /** What the stands report; null when no listener may report. */
  readonly candidates: Signal<StudioCandidates | null> = signal(null);
  /** Those that are open, and those that were decided a moment ago. */
  readonly shownCandidates: ReadonlySignal<readonly Candidate[]> = computed(() =>
    (this.candidates.value?.candidates ?? []).filter((one) =>
      isOpen(one) || this.now.value - (this.#decidedAt.get(one.candidateId) ?? -Infinity) <
        DECIDED_STAYS
    )
  );
  /** Newest last. */
  readonly notices: Signal<readonly Notice[]> = signal([]);
  readonly question: Signal<Question | null> = signal(null);
  /** Why the broadcast is over; "" while it is not. */
  readonly ending: Signal<string> = signal("");
  /** The address whose link is shown; undefined for the first one. */
  readonly chosenAddress: Signal<string | undefined> = signal(undefined);
  /** The page's clock at the last {@linkcode tick}. */
  readonly now: Signal<Millis>;
  /** The next sentence for screen readers. */
  readonly announcement: Signal<string> = signal("");

  readonly home: ReadonlySignal<string> = computed(() => this.setup.value?.home || "Home");
  readonly away: ReadonlySignal<string> = computed(() => this.setup.value?.away || "Away");
  readonly isKnown: ReadonlySignal<boolean> = computed(() => this.match.value !== null);
  readonly isInTouch: ReadonlySignal<boolean> = computed(() =>
    this.link.value.state === "open" && this.start.value !== null && this.ending.value === ""
  );
  /** Whether what is pressed has an effect. */
  readonly canAct: ReadonlySignal<boolean> = computed(() =>
    this.isInTouch.value && this.driving.value.isDriving
  );
  readonly clock: ReadonlySignal<string>;
  readonly scoreboard: ReadonlySignal<Scoreboard | null>;
  /** The address and link that are shown. */
  readonly way: ReadonlySignal<{ readonly address: string; readonly link: string } | null>;
  /** When the state of the match came: its times are the host's. */
  readonly #matchAt: Signal<Millis> = signal(0);
  /** When the candidates came: their times are the host's. */
  #candidatesAt: Millis = 0;
  /** When each candidate was seen to be decided, by the page's clock; -Infinity when it was so from the beginning. */
  #decidedAt: ReadonlyMap<string, Millis> = new Map();
  #noticeKey = 0;

  constructor(now: Millis) {
    this.now = signal(now);
    this.clock = computed(() => this.#readClock());
    this.scoreboard = computed(() => this.#readScoreboard());
    this.way = computed(() => this.#readWay());
  }

  /** Whether anything on the page changes with time alone. */
  get needsTicks(): boolean {
    const match = this.match.peek();
    return match?.clock.isRunning === true || (match?.waiting.length ?? 0) > 0 ||
      this.link.peek().state === "lost" || this.notices.peek().length > 0 ||
      this.shownCandidates.peek().length > 0;
  }

  tick(now: Millis): void {
    this.now.value = now;
    const kept = this.notices.peek().filter(({ until }) => until > now);
    if (kept.length < this.notices.peek().length) this.notices.value = kept;
  }

  setLink(link: Link): void {
    const before = this.link.peek().state;
    this.link.value = link;
    if (link.state === "lost" && before === "open") {
      this.announce("The host is gone. Trying to reach it again");
    }
  }

  apply(message: StudioToPage, now: Millis): void {
    this.now.value = now;
    switch (message.kind) {
      case "studio":
        return this.#begin(message);
      case "driving":
        return this.#drive(message);
      case "match-setup":
        this.setup.value = message;
        return;
      case "match-state":
        return this.#setMatch(message, now);
      case "media":
        this.channels.value = message;
        return;
      case "listeners":
        this.listeners.value = message;
        return;
      case "counts":
        this.counts.value = message;
        return;
      case "candidates":
        return this.#setCandidates(message, now);
      case "notice":
        return this.notify(message.level, message.text);
      case "answer":
        // What was under way when another page took over: the banner says why nothing goes out.
        if (message.id === undefined && !this.driving.peek().isDriving) return;
        if (message.text) this.notify(message.ok ? "info" : "warning", message.text);
        return;
      case "match-answer":
        if (message.text) this.notify(message.ok ? "info" : "warning", message.text);
        return;
      case "ended":
        this.question.value = null;
        this.ending.value = message.reason || "The broadcast is over";
        return this.announce("The broadcast is over");
    }
  }

  /** Shows a sentence. One that is shown already, perhaps with other numbers, is not shown twice. */
  notify(level: Notice["level"], text: string): void {
    const others = this.notices.peek().filter((other) => wording(other.text) !== wording(text));
    const until = this.now.peek() + SHOWN_MILLIS[level];
    const notice = { key: this.#noticeKey++, level, text, until };
    this.notices.value = [...others, notice].slice(-MAX_NOTICES);
  }

  /** For screen readers, which read a sentence again only if it differs: a space at its end does. */
  announce(text: string): void {
    this.announcement.value = text === this.announcement.peek() ? `${text}\u00a0` : text;
  }

  dismiss(key: number): void {
    this.notices.value = this.notices.peek().filter((notice) => notice.key !== key);
  }

  /** Of a channel; without the host, nothing that is on goes out. */
  stateOf(medium: "sound" | "screen"): StudioChannels["sound"]["state"] {
    const { state } = this.channels.value?.[medium] ?? { state: "off" };
    return state === "live" && !this.isInTouch.value ? "paused" : state;
  }

  /** How long until the event goes out; it can be undone so long. */
  millisLeft({ until }: WaitingEvent): Millis {
    const match = this.match.value;
    return match ? Math.max(0, until - match.now - (this.now.value - this.#matchAt.value)) : 0;
  }

  /** How long ago it happened. */
  ageOf({ time }: Candidate): Millis {
    const hostNow = (this.candidates.value?.now ?? 0) + this.now.value - this.#candidatesAt;
    return Math.max(0, hostNow - time);
  }

  #setCandidates(message: StudioCandidates, now: Millis): void {
    const before = this.candidates.peek();
    const wasThere = new Set(before?.candidates.map(({ candidateId }) => candidateId));
    this.#decidedAt = new Map(
      message.candidates.filter((one) => !isOpen(one)).map(({ candidateId }) => [
        candidateId,
        this.#decidedAt.get(candidateId) ?? (before ? now : -Infinity),
      ]),
    );
    this.#candidatesAt = now;
    this.candidates.value = message;
    const fresh = message.candidates.filter((one) =>
      isOpen(one) && before && !wasThere.has(one.candidateId)
    );
    if (fresh.length > 0) {
      this.announce(`The stands report: ${fresh.map(subjectWords).join("; ")}`);
    }
  }

  #begin(start: StudioStart): void {
    this.start.value = start;
    this.ending.value = "";
    const isOther = this.driving.peek().isOther && !start.isDriving;
    this.driving.value = { isDriving: start.isDriving, isOther };
  }

  #drive({ isDriving, isOther }: { readonly isDriving: boolean; readonly isOther: boolean }): void {
    const wasDriving = this.driving.peek().isDriving;
    this.driving.value = { isDriving, isOther };
    if (!wasDriving || isDriving) return;
    this.question.value = null;
    this.notify("warning", "Another page has taken over: this one only shows what goes on");
  }

  #setMatch(match: MatchState, now: Millis): void {
    const before = this.match.peek();
    this.match.value = match;
    this.#matchAt.value = now;
    const news = before ? matchNews(before, match) : "";
    if (news !== "") this.announce(news);
  }

  #readClock(): string {
    const match = this.match.value;
    if (!match) return "";
    const { millis, isRunning } = match.clock;
    const passed = isRunning ? Math.max(0, this.now.value - this.#matchAt.value) : 0;
    return formatClock(millis + passed);
  }

  #readScoreboard(): Scoreboard | null {
    const match = this.match.value;
    if (!match) return null;
    const { score, status, count, clock: { millis, period, isRunning } } = match;
    const clock = { text: formatClock(millis), period, isRunning, at: match.now };
    return { home: this.home.value, away: this.away.value, score, status, clock, count };
  }

  #readWay() {
    const start = this.start.value;
    if (!start) return null;
    const first = start.ways.find(({ link }) => link === start.link) ??
      { address: "", link: start.link };
    return start.ways.find(({ address }) => address === this.chosenAddress.value) ?? first;
  }
}

/** A sentence without its numbers and times. */
function wording(text: string): string {
  return text.replace(/\d+(?:ms|s|m|h)?/g, "");
}
