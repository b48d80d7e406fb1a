/**
 * viewer/web/model: the state of the page and the words for it, without a browser.
 *
 * Messages of the viewer come in (connection.ts keeps the WebSocket open), signals go out, which the
 * components only read. words.ts and team_color.ts turn values into text and colours; chart.ts draws the
 * network's history with uPlot and is the only file here that needs a DOM. Clock and socket are passed
 * in, so tests need no browser. The next file to read is connection.ts.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { ChannelName } from "../../../shared/media/channel.ts";
import {
  EVENT_TYPES,
  formatClock,
  readClock,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import type { StatisticsRow } from "../../../shared/event/match_statistics.ts";
import {
  type Connection,
  type LiveData,
  MAX_NETWORK_SAMPLES,
  type NetworkSample,
  type PageBeside,
  type PageLedger,
  type PageState,
  type Scoreboard,
  type Screen,
  type Sound,
  type ToPage,
  withEvent,
} from "../../../shared/page/page.ts";
import type { Link } from "./connection.ts";
import { type EndWords, endWords, isEnd } from "./end_words.ts";

/** The state of the page, as signals for the components. */
export class PageModel {
  readonly link: Signal<Link> = signal({ state: "connecting" });
  /** null until the first snapshot; components show skeletons until then. */
  readonly scoreboard: Signal<Scoreboard | null> = signal(null);
  readonly connection: Signal<Connection | null> = signal(null);
  readonly sound: Signal<Sound | null> = signal(null);
  readonly screen: Signal<Screen | null> = signal(null);
  readonly data: Signal<LiveData | null> = signal(null);
  /** Empty while unknown. */
  readonly channels: Signal<readonly ChannelName[]> = signal([]);
  /** The channels whose source is away and may come back. */
  readonly paused: Signal<readonly ChannelName[]> = signal([]);
  /** Oldest first. */
  readonly timeline: Signal<readonly TimelineEvent[]> = signal([]);
  /** How many events there were when the viewer joined. */
  readonly pastEvents: Signal<number> = signal(0);
  readonly statistics: Signal<readonly StatisticsRow[]> = signal([]);
  readonly ledger: Signal<PageLedger | null> = signal(null);
  readonly history: Signal<readonly NetworkSample[]> = signal([]);
  /** Another page of the same address. */
  readonly beside: Signal<PageBeside | undefined> = signal(undefined);
  /** The page's clock at the last {@linkcode tick}. */
  readonly now: Signal<Millis>;
  /** The next sentence for screen readers. */
  readonly announcement: Signal<string> = signal("");
  /** The match clock now, `MM:SS`; "" while unknown. */
  readonly clock: ReadonlySignal<string>;
  /** Team names, or placeholders. */
  readonly home: ReadonlySignal<string> = computed(() => this.scoreboard.value?.home || "Home");
  readonly away: ReadonlySignal<string> = computed(() => this.scoreboard.value?.away || "Away");
  /** Whether the channels of the broadcast are known. */
  readonly isKnown: ReadonlySignal<boolean> = computed(() =>
    (this.scoreboard.value?.status ?? "waiting") !== "waiting"
  );
  /** Whether the page is up to date: page, viewer and host are connected. */
  readonly isInTouch: ReadonlySignal<boolean> = computed(() =>
    this.link.value.state === "open" && this.connection.value?.state === "connected"
  );
  /** Whether the broadcast has sound that a page can play. */
  readonly canPlay: ReadonlySignal<boolean> = computed(() => {
    return this.sound.value !== null && !isEnd(this.connection.value);
  });
  /** Why nothing more comes; undefined while something may. */
  readonly end: ReadonlySignal<EndWords | undefined> = computed(() =>
    endWords(this.connection.value, this.isKnown.value)
  );
  /** Whether the ledgers tell all: while nothing comes, nobody knows what is missed. */
  readonly isLedgerWhole: ReadonlySignal<boolean> = computed(() => {
    const connection = this.connection.value;
    return isEnd(connection) ? connection.end !== "timeout" : this.isInTouch.value;
  });
  /** Whether there is a timeline; it is there until that is known. */
  readonly hasEvents: ReadonlySignal<boolean> = computed(() => this.#mayHave("events"));
  /** Whether there is a match: teams with names of their own, or anything that has happened. */
  readonly hasMatch: ReadonlySignal<boolean> = computed(() => {
    if (!this.isKnown.value) return true;
    const { home, away, count } = this.scoreboard.value!;
    return count > 0 || (home !== "" && !(home === "Home" && away === "Away"));
  });
  /** The same for the sound bar. */
  readonly hasSound: ReadonlySignal<boolean> = computed(() => this.#mayHave("audio"));
  /** Whether the picture has been held for so long that it is worth words. */
  readonly isHeldLong: ReadonlySignal<boolean> = computed(() =>
    this.now.value - this.#heldSince.value >= WORTH_WORDS_MILLIS
  );
  readonly #heldSince: Signal<Millis> = signal(Infinity);
  /** When a held picture was announced last. */
  #announcedAt: Millis = -Infinity;
  /** The page's clock minus the viewer's. */
  readonly #skew: Signal<Millis> = signal(0);

  constructor(now: Millis) {
    this.now = signal(now);
    this.clock = computed(() => this.#readClock());
  }

  /** Whether anything on the page changes with time alone. */
  get needsTicks(): boolean {
    return this.scoreboard.peek()?.clock.isRunning === true || this.link.peek().state === "lost" ||
      this.#heldSince.peek() < Infinity;
  }

  tick(now: Millis): void {
    this.now.value = now;
    this.#announceHold(now);
  }

  setLink(link: Link): void {
    const before = this.link.peek().state;
    this.link.value = link;
    // After the end it has no meaning.
    if (link.state !== "lost" || before !== "open" || isEnd(this.connection.peek())) return;
    this.announcement.value = "Connection lost";
  }

  apply(message: ToPage, now: Millis): void {
    this.now.value = now;
    switch (message.kind) {
      case "snapshot":
        this.#skew.value = now - message.now;
        return this.#replace(message.state, now);
      case "scoreboard":
        this.scoreboard.value = message.scoreboard;
        this.statistics.value = message.statistics;
        return;
      case "event":
        this.statistics.value = message.statistics;
        this.timeline.value = withEvent(this.timeline.peek(), message.event);
        this.scoreboard.value = message.scoreboard;
        return this.#announceEvent(message.event, message.scoreboard);
      case "connection":
        this.connection.value = message.connection;
        this.announcement.value = this.#connectionNews();
        return;
      case "screen":
        return this.#setScreen(message.screen, now);
      case "paused":
        return this.#setPaused(message.channels);
      case "candidate":
      case "report":
        return;
      case "network":
        this.ledger.value = message.ledger;
        this.history.value = [...this.history.peek(), message.sample].slice(-MAX_NETWORK_SAMPLES);
        return;
    }
  }

  /** For screen readers, which read a sentence again only if it differs: a space at its end does. */
  announce(text: string): void {
    this.announcement.value = text === this.announcement.peek() ? `${text}\u00a0` : text;
  }

  #connectionNews(): string {
    const end = this.end.peek();
    if (!end) return CONNECTION_WORDS[this.connection.peek()?.state ?? "joining"];
    return end.advice === "" ? end.title : `${end.title}. ${end.advice}`;
  }

  #replace(state: PageState, now: Millis): void {
    const isBack = this.scoreboard.peek() !== null;
    this.scoreboard.value = state.scoreboard;
    this.connection.value = state.connection;
    this.sound.value = state.sound;
    if (isBack) this.announcement.value = this.#connectionNews();
    this.channels.value = state.channels;
    this.paused.value = state.paused ?? [];
    this.#setScreen(state.screen, now);
    this.data.value = state.data;
    this.timeline.value = state.timeline;
    this.pastEvents.value = state.pastEvents ?? 0;
    this.statistics.value = state.statistics;
    this.ledger.value = state.ledger;
    this.history.value = state.history;
    this.beside.value = state.beside;
  }

  #setPaused(channels: readonly ChannelName[]): void {
    const before = this.paused.peek();
    this.paused.value = channels;
    const changed = [
      ...channels.filter((channel) => !before.includes(channel)).map(pauseWords),
      ...before.filter((channel) => !channels.includes(channel)).map(resumeWords),
    ];
    if (changed.length > 0) this.announcement.value = changed.join(". ");
  }

  #setScreen(screen: Screen | null, now: Millis): void {
    const before = this.screen.peek();
    this.screen.value = screen;
    if (before && screen && before.isShared !== screen.isShared) {
      this.announcement.value = screen.isShared
        ? "The host shares the screen"
        : "The host has stopped sharing the screen";
    }
    if (!screen?.isHeld) this.#heldSince.value = Infinity;
    else if (this.#heldSince.peek() === Infinity) this.#heldSince.value = now;
  }

  /** Says that the picture stands still when that lasts, and not again and again. */
  #announceHold(now: Millis): void {
    if (now - this.#heldSince.peek() < WORTH_SAYING_MILLIS) return;
    if (now - this.#announcedAt < SAY_AGAIN_MILLIS) return;
    this.#announcedAt = now;
    this.announcement.value = "Picture held: a part of it was lost";
  }

  #mayHave(channel: ChannelName): boolean {
    const channels = this.channels.value;
    return channels.length === 0 || channels.includes(channel);
  }

  #announceEvent({ type, content }: TimelineEvent, { home, away, score }: Scoreboard): void {
    if (type === EVENT_TYPES.goal && score) {
      this.announcement.value = `${content} ${home} ${score[0]}, ${away} ${score[1]}.`;
    }
    if (type === EVENT_TYPES.halfTime) this.announcement.value = "Half-time";
    if (type === EVENT_TYPES.fullTime) this.announcement.value = "Full-time";
  }

  #readClock(): string {
    const clock = this.scoreboard.value?.clock;
    if (!clock || clock.text === "" || !clock.isRunning) return clock?.text ?? "";
    const passed = this.now.value - this.#skew.value - clock.at;
    return formatClock(readClock(clock.text) + Math.max(passed, 0));
  }
}

/** A picture that stands still for a shorter time is hardly noticed. */
const WORTH_WORDS_MILLIS: Millis = 400;
const WORTH_SAYING_MILLIS: Millis = 2000;
const SAY_AGAIN_MILLIS: Millis = 30_000;

const CONNECTION_WORDS: Readonly<Record<Connection["state"], string>> = {
  joining: "Connecting",
  connected: "Connected",
  silent: "The host is silent",
  rejoining: "Looking for the host again",
  rejected: "The host refused",
  ended: "The broadcast is over",
};

const CHANNEL_WORDS: Readonly<Record<ChannelName, string>> = {
  audio: "sound",
  events: "timeline",
  screen: "screen",
  data: "data",
};

function pauseWords(channel: ChannelName): string {
  return `The host's ${CHANNEL_WORDS[channel]} pauses`;
}

function resumeWords(channel: ChannelName): string {
  return `The host's ${CHANNEL_WORDS[channel]} is back`;
}
