import type { JoinedInfo, ListenerOutput } from "../client/interface/output.ts";
import type { LedgerSnapshot } from "../shared/ledger/ledger.ts";
import { type Address, formatAddress } from "../shared/driver/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import type { ChannelInfo } from "../shared/admission/channel_description.ts";
import type { TimelineEvent } from "../shared/event/event.ts";
import { MatchStatistics, type StatisticsRow } from "../shared/event/match_statistics.ts";
import {
  type Connection,
  type LiveData,
  type PageBeside,
  type PageChange,
  type PageLedger,
  type PageState,
  type Scoreboard,
  type Screen,
  type Sound,
  withEvent,
} from "../shared/page/page.ts";
import { type ChannelName, isScreenCodec, isSoundCodec } from "../shared/media/channel.ts";
import { NetworkHistory } from "./network_history.ts";
import { PageReports } from "./page_reports.ts";
import { afterEvent, emptyScoreboard, joinedScoreboard, MatchPace } from "./scoreboard.ts";

/** The effect of an output on the state: changes that a page can apply, or a reset. */
export interface ModelUpdate {
  readonly changes: readonly PageChange[];
  /** Whether pages need the whole state again. */
  readonly isReset: boolean;
}

const UNCHANGED: ModelUpdate = { changes: [], isReset: false };
const RESET: ModelUpdate = { changes: [], isReset: true };

export interface ModelOptions {
  /** Gives a time of the host by the clock behind `now`. */
  readonly localTime?: (hostTime: Millis) => Millis;
  /** What the page links to; undefined when there is nothing. */
  readonly beside?: PageBeside | undefined;
}

const same = (hostTime: Millis) => hostTime;

/** Turns a listener's outputs into the state that its pages show. No I/O; `now` is passed in. */
export class PageModel {
  #scoreboard: Scoreboard;
  #connection: Connection;
  #sound: Sound | null = null;
  #screen: Screen | null = null;
  #data: LiveData | null = null;
  #channels: readonly ChannelName[] = [];
  #paused: readonly ChannelName[] = [];
  #broadcastId = "";
  #timeline: TimelineEvent[] = [];
  /** How many events there were when this listener joined. */
  #pastEvents = 0;
  #statistics = new MatchStatistics();
  #ledger: PageLedger | null = null;
  readonly #history = new NetworkHistory();
  readonly #reports: PageReports;
  readonly #beside: PageBeside | undefined;
  #pace = new MatchPace();

  constructor(server: Address, now: Millis, { localTime = same, beside }: ModelOptions = {}) {
    this.#beside = beside;
    this.#reports = new PageReports(localTime);
    this.#scoreboard = emptyScoreboard(now);
    this.#connection = { state: "joining", since: now, server: formatAddress(server), reason: "" };
  }

  /** The reports of the pages. */
  get reports(): PageReports {
    return this.#reports;
  }

  /** The state for `/api/state` and for a new page. */
  state(): PageState {
    const reporting = this.#reports.state();
    return {
      scoreboard: this.#scoreboard,
      connection: this.#connection,
      sound: this.#sound,
      screen: this.#screen,
      data: this.#data,
      channels: [...this.#channels],
      ...(this.#paused.length > 0 && { paused: [...this.#paused] }),
      timeline: this.#timeline,
      ...(this.#pastEvents > 0 && { pastEvents: this.#pastEvents }),
      statistics: this.#rows(),
      ...(reporting && { reporting }),
      ...(this.#beside && { beside: this.#beside }),
      ledger: this.#ledger,
      history: [...this.#history.samples],
    };
  }

  apply(output: ListenerOutput, now: Millis): ModelUpdate {
    switch (output.kind) {
      case "joined":
        return this.#join(output.info, output.server, now);
      case "channel-started":
        return this.#begin(output.channel, output.info);
      case "channel-ended":
        return this.#stop(output.channel);
      case "channel-paused":
      case "channel-resumed":
        return this.#pause(output.channel, output.kind === "channel-paused");
      case "teams":
        return this.#nameTeams(output.home, output.away);
      case "picture-held":
        return output.channel === "screen" ? this.#hold(output.isHeld) : UNCHANGED;
      case "event":
        return output.channel === "events" ? this.#addEvent(output.event, now) : UNCHANGED;
      case "timeline-reset":
        return output.channel === "events" ? this.#resetTimeline() : UNCHANGED;
      case "report-setup":
      case "candidate":
      case "report":
        return updateOf(this.#reports.apply(output));
      case "connection":
        return this.#connect(output.state, "", now);
      case "stats":
        return this.#measure(output.ledger);
      case "rejected":
        return this.#connect("rejected", `${output.reason} (${output.code})`, now, {
          end: "rejected",
          code: output.code,
        });
      case "ended":
        return this.#end(output.reason, now);
      default:
        return UNCHANGED;
    }
  }

  #join(info: JoinedInfo, server: Address, now: Millis): ModelUpdate {
    // A broadcast's timeline never shrinks: a shorter one is another match.
    const goesOn = this.#timeline.length > 0 && info.timeline.count >= this.#scoreboard.count;
    if (!goesOn) {
      this.#forget();
      this.#pastEvents = info.timeline.count;
      this.#scoreboard = joinedScoreboard(info, now);
    } else if (info.match) {
      // The host may have named them while this listener was away.
      const { home, away } = info.match;
      this.#scoreboard = { ...this.#scoreboard, home, away };
    }
    const isSameBroadcast = info.broadcastId === this.#broadcastId;
    this.#broadcastId = info.broadcastId;
    this.#channels = isSameBroadcast ? this.#channels : [];
    if (!isSameBroadcast) {
      this.#paused = [];
      this.#reports.clear();
    }
    for (const { channel } of info.channels) this.#know(channel);
    this.#sound = soundOf(info.channels);
    this.#screen = screenOf(info.channels) ?? stopped(isSameBroadcast ? this.#screen : null);
    this.#data = dataOf(info.channels) ?? (isSameBroadcast ? stoppedData(this.#data) : null);
    this.#connection = {
      state: "connected",
      since: now,
      server: formatAddress(server),
      reason: "",
    };
    return RESET;
  }

  #nameTeams(home: string, away: string): ModelUpdate {
    this.#scoreboard = { ...this.#scoreboard, home, away };
    return change({ kind: "scoreboard", ...this.#match() });
  }

  /** A channel begins in mid-session. */
  #begin(channel: ChannelName, info: ChannelInfo): ModelUpdate {
    this.#know(channel);
    this.#pause(channel, false);
    if (channel === "audio") this.#sound = soundOf([info]);
    if (channel === "screen") this.#screen = screenOf([info]);
    if (channel === "data") this.#data = dataOf([info]);
    return RESET;
  }

  /** The host has stopped a channel. */
  #stop(channel: ChannelName): ModelUpdate {
    this.#pause(channel, false);
    if (channel === "audio") this.#sound = null;
    if (channel === "screen") this.#screen = stopped(this.#screen);
    if (channel === "data") this.#data = stoppedData(this.#data);
    return channel === "events" ? UNCHANGED : RESET;
  }

  #know(channel: ChannelName): void {
    if (!this.#channels.includes(channel)) this.#channels = [...this.#channels, channel];
  }

  /** The source of a channel is away, or is back. */
  #pause(channel: ChannelName, isPaused: boolean): ModelUpdate {
    if (this.#paused.includes(channel) === isPaused) return UNCHANGED;
    const others = this.#paused.filter((other) => other !== channel);
    this.#paused = isPaused ? [...others, channel] : others;
    return change({ kind: "paused", channels: [...this.#paused] });
  }

  #hold(isHeld: boolean): ModelUpdate {
    if (!this.#screen || this.#screen.isHeld === isHeld) return UNCHANGED;
    this.#screen = { ...this.#screen, isHeld };
    return change({ kind: "screen", screen: this.#screen });
  }

  /** The host has a new timeline; the "joined" that follows has its score and count. */
  #resetTimeline(): ModelUpdate {
    this.#forget();
    return RESET;
  }

  #forget(): void {
    this.#timeline = [];
    this.#pastEvents = 0;
    this.#statistics = new MatchStatistics();
    this.#pace = new MatchPace();
  }

  /** What an entry of the timeline or new names of the teams change. */
  #match() {
    return { scoreboard: this.#scoreboard, statistics: this.#rows() };
  }

  #rows(): StatisticsRow[] {
    return this.#statistics.rows(this.#scoreboard, this.#reports.actions);
  }

  #addEvent(event: TimelineEvent, now: Millis): ModelUpdate {
    const known = this.#timeline.find(({ count }) => count === event.count);
    if (known?.event.id === event.event.id) return UNCHANGED;
    if (known) return this.#startAgain(event, now);
    this.#timeline = withEvent(this.#timeline, event);
    this.#statistics.add(event);
    this.#pace.push(event);
    this.#scoreboard = afterEvent(this.#scoreboard, event, this.#pace.isRealTime, now);
    return change({ kind: "event", event, ...this.#match() });
  }

  /** A known count has another entry: the host began a new timeline. */
  #startAgain(event: TimelineEvent, now: Millis): ModelUpdate {
    this.#forget();
    this.#scoreboard = { ...this.#scoreboard, status: "notStarted", count: 0 };
    this.#addEvent(event, now);
    return RESET;
  }

  #connect(
    state: Connection["state"],
    reason: string,
    now: Millis,
    end: Pick<Connection, "end" | "code"> = {},
  ): ModelUpdate {
    const before = this.#connection;
    if (before.state === state && before.reason === reason) return UNCHANGED;
    this.#connection = { server: before.server, state, since: now, reason, ...end };
    if (state === "connected") return change({ kind: "connection", connection: this.#connection });
    return {
      changes: [{ kind: "connection", connection: this.#connection }, ...this.#stopClock(now)],
      isReset: false,
    };
  }

  /** Stops the clock: while the host is silent, it is not known whether the match goes on. */
  #stopClock(now: Millis): PageChange[] {
    const { clock } = this.#scoreboard;
    if (!clock.isRunning) return [];
    this.#scoreboard = { ...this.#scoreboard, clock: { ...clock, isRunning: false, at: now } };
    return [{ kind: "scoreboard", ...this.#match() }];
  }

  #end(reason: "bye" | "interrupted" | "duration" | "timeout" | "rejected", now: Millis) {
    // The reason was shown already, with the "rejected" output.
    if (reason === "rejected") return UNCHANGED;
    return this.#connect("ended", END_WORDS[reason], now, { end: reason });
  }

  #measure({ at, roundTripTime, channels }: LedgerSnapshot): ModelUpdate {
    const ledger: PageLedger = {
      at,
      ...(roundTripTime === undefined ? {} : { roundTripTime }),
      channels: [...channels],
    };
    this.#ledger = ledger;
    const sample = this.#history.push(ledger);
    return sample ? change({ kind: "network", ledger, sample }) : UNCHANGED;
  }
}

const END_WORDS = {
  bye: "The broadcast is over",
  interrupted: "The viewer was stopped",
  duration: "The viewer's time is over",
  timeout: "The host no longer answers",
} as const;

function updateOf(changes: readonly PageChange[] | undefined): ModelUpdate {
  return changes ? { changes, isReset: false } : RESET;
}

function change(one: PageChange): ModelUpdate {
  return { changes: [one], isReset: false };
}

function soundOf(channels: readonly ChannelInfo[]): Sound | null {
  const info = channels.find(({ channel }) => channel === "audio");
  if (!info || !isSoundCodec(info.codec)) return null;
  return {
    codec: info.codec,
    sampleRate: info.sampleRate ?? info.clockRate,
    channelCount: info.channelCount ?? 2,
    ...(info.description === undefined ? {} : { description: info.description }),
  };
}

function screenOf(channels: readonly ChannelInfo[]): Screen | null {
  const info = channels.find(({ channel }) => channel === "screen");
  if (!info || !isScreenCodec(info.codec)) return null;
  return { codec: info.codec, isShared: true, isHeld: false };
}

function stopped(screen: Screen | null): Screen | null {
  return screen && { ...screen, isShared: false, isHeld: false };
}

function dataOf(channels: readonly ChannelInfo[]): LiveData | null {
  return channels.some(({ channel }) => channel === "data") ? { isSent: true } : null;
}

function stoppedData(data: LiveData | null): LiveData | null {
  return data && { isSent: false };
}
