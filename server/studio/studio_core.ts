/*
 * The studio without I/O: everything that the host's pages say, and everything that they are told.
 *
 * In: pages that open and close, their messages as they came (`onText`, `onBytes`), what the broadcast says
 * (`onOutput`, `onListeners`), and the time. Out: messages for each page (pages/), and what the broadcast is to do
 * (`pollOutput`, studio_output.ts): begin a channel, send sound, pictures and events, put a listener out.
 *
 * One page drives; others see everything and may take over. What a page sends that does not drive, that is no
 * message, or that was not asked for, is refused, counted and said. browser_media.ts takes sound and pictures,
 * match/match_control.ts has the match. app.ts and io/ are the web server. Read pages/studio_pages.ts next.
 */

import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { CaptureMessage } from "../../shared/studio/capture_messages.ts";
import type { MatchCommand } from "../../shared/studio/match_messages.ts";
import { parseStudioMedia, type StudioMedia } from "../../shared/studio/studio_media.ts";
import {
  parseStudioToHost,
  type StudioAnswer,
  type StudioChannels,
  type StudioStart,
  type StudioToHost,
} from "../../shared/studio/studio_messages.ts";
import type { Candidate } from "../../shared/report/report.ts";
import type { ListenerRow } from "../interface/listener_row.ts";
import type { ServerOutput } from "../interface/output.ts";
import { BrowserMedia } from "./browser_media.ts";
import type { CaptureOutput } from "./capture_output.ts";
import type { MatchControl } from "./match/match_control.ts";
import { pressChanges } from "./match/press_changes.ts";
import { CandidateTable } from "./pages/candidate_table.ts";
import { ListenerTable } from "./pages/listener_table.ts";
import type { PageQueue } from "./pages/page_queue.ts";
import { SentCounts } from "./pages/sent_counts.ts";
import { StudioPages } from "./pages/studio_pages.ts";
import { NOT_A_MESSAGE, NOT_DRIVING, Refusals } from "./refusals.ts";
import { ScreenSteering } from "./screen_steering.ts";
import type { Revocation, StudioOutput } from "./studio_output.ts";

/** What does not change while the broadcast runs. */
export type StudioFacts = Omit<StudioStart, "kind" | "isDriving">;

export interface StudioCoreOptions {
  readonly facts: StudioFacts;
  readonly control: MatchControl;
  /** How many events the timeline takes now. */
  readonly eventRoom: () => number;
  /** Whether listeners may report, so that pages have a place for it from the beginning. */
  readonly takesReports?: boolean;
  /** The broadcast ends by itself this long after its start; absent when it does not. */
  readonly durationMillis?: Millis;
}

/** Changes of the match are told at most this often. */
const MATCH_EVERY_MILLIS: Millis = 100;
/** Events that the timeline can't take yet are offered again after this time. */
const ROOM_WAIT_MILLIS: Millis = 100;
/** So long before the broadcast ends by itself, what could still be undone is sent. */
const LAST_CALL_MILLIS: Millis = 100;
/** Bits per second, when neither the command line nor the page says. */
const USUAL_BITRATE = 1_500_000;

/** What a page says, of this kind. */
type MessageTo<Kind extends StudioToHost["kind"]> = Extract<StudioToHost, { kind: Kind }>;

export class StudioCore {
  readonly pages: StudioPages = new StudioPages();
  readonly #options: StudioCoreOptions;
  readonly #refusals = new Refusals();
  readonly #media = new BrowserMedia();
  readonly #steering: ScreenSteering;
  readonly #listeners: ListenerTable;
  readonly #counts = new SentCounts();
  readonly #candidates = new CandidateTable();
  readonly #outputs: StudioOutput[] = [];
  #channels: StudioChannels = {
    kind: "media",
    sound: { state: "off" },
    screen: { state: "off" },
  };
  /** The revision of the match that the pages have, and when they were told. */
  #toldRevision = -1;
  #matchToldAt: Millis = -Infinity;
  #eventsFrom: Millis = -Infinity;
  #lastCallAt: Millis = Infinity;

  constructor(options: StudioCoreOptions) {
    this.#options = options;
    this.#steering = new ScreenSteering(options.facts.screen.bitrate ?? USUAL_BITRATE);
    this.#listeners = new ListenerTable(options.facts.capacity);
  }

  /** Messages that were refused, by name. */
  get junk(): Refusals["counts"] {
    return this.#refusals.counts;
  }

  /** What the match is. */
  get control(): MatchControl {
    return this.#options.control;
  }

  /** When to call {@linkcode advance}; Infinity when never. */
  get deadline(): Millis {
    const isMatchNew = this.pages.count > 0 && this.control.revision !== this.#toldRevision;
    return Math.min(
      this.#media.deadline,
      this.#lastCallAt,
      Math.max(this.control.deadline, this.#eventsFrom),
      isMatchNew ? this.#matchToldAt + MATCH_EVERY_MILLIS : Infinity,
      this.#candidates.deadline,
    );
  }

  /**
   * A page has opened.
   *
   * @param name its own name for itself; undefined when it has none.
   * @returns its messages; undefined when too many are open.
   */
  join(name: string | undefined, onReady: () => void, now: Millis): PageQueue | undefined {
    const page = this.pages.join(name, onReady);
    if (!page) return undefined;
    const isDriving = page === this.pages.driver;
    if (isDriving) this.#media.onPage();
    page.push({ kind: "studio", ...this.#options.facts, isDriving });
    page.push(this.control.setup);
    page.push(this.control.state(now));
    page.push(this.#channels);
    page.push(this.#listeners.describe());
    page.push(this.#counts.counts);
    const candidates = this.#candidates.describe(now);
    if (this.#options.takesReports || candidates.candidates.length > 0) page.push(candidates);
    this.pages.tellDriving();
    return page;
  }

  leave(page: PageQueue): void {
    const former = this.pages.driver;
    this.pages.leave(page);
    this.#onDriver(former);
  }

  onText(page: PageQueue, text: string, now: Millis): void {
    const read = parseStudioToHost(text);
    if (!read.ok) return this.#refuseJunk(page, read.junk, now);
    const message = read.value;
    if (message.kind === "take-over") return this.#takeOver(page, message.id);
    if (page !== this.pages.driver) return this.#refuseIdle(page, message, now);
    this.#obey(page, message, now);
  }

  onBytes(page: PageQueue, bytes: Uint8Array, now: Millis): void {
    const read = parseStudioMedia(bytes);
    if (!read.ok) return this.#refuseJunk(page, read.junk, now);
    if (page !== this.pages.driver) return this.#refuseMedium(page, now);
    const media = read.value;
    if (this.#isWanted(page, media.kind, now)) this.#take(this.#media.onMedia(media, now));
  }

  /** What the broadcast says. */
  onOutput(output: ServerOutput, now: Millis): void {
    switch (output.kind) {
      case "started":
        this.#lastCallAt = output.at + (this.#options.durationMillis ?? Infinity) -
          LAST_CALL_MILLIS;
        return this.#tellDriver({ kind: "screen-control", isKeyFrameWanted: true });
      case "channel-started":
      case "channel-resumed":
        return this.#noteChannel(output.channel, "live");
      case "channel-paused":
        return this.#noteChannel(output.channel, "paused");
      case "channel-ended":
        return this.#noteChannel(output.channel, "off");
      case "rejected":
        return this.#counts.noteRefusal();
      case "stats":
        this.#counts.note(output, now);
        return this.pages.publish(this.#counts.counts);
      case "key-frame-wanted":
        if (output.channel === "screen") this.onKeyFrameWanted();
        return;
      case "losses":
        if (output.channel !== "screen") return;
        return this.#tellDriver(this.#steering.noteLosses(output, now));
      case "notice":
        return this.pages.publish(output);
      case "event-sent":
        return this.#tellMatch(now);
      case "ended":
        return this.pages.publish(output);
    }
  }

  /** A channel runs from the beginning, since its source is not the page. */
  onRunning(channel: "audio" | "screen"): void {
    this.#noteChannel(channel, "live");
  }

  /** The listeners can't go on before the next key frame. */
  onKeyFrameWanted(): void {
    this.#tellDriver({ kind: "screen-control", isKeyFrameWanted: true });
  }

  /** Who listens now; about once a second. */
  onListeners(rows: readonly ListenerRow[]): void {
    this.#listeners.rows = rows;
    if (this.pages.count > 0) this.pages.publish(this.#listeners.describe());
  }

  /** What the stands report, or how the votes on it stand, has changed. */
  onCandidate(candidate: Candidate): void {
    this.#candidates.note(candidate);
  }

  /** @param problem why the token could not be revoked; undefined when it was. */
  onRevoked({ page, request }: Revocation, problem: string | undefined): void {
    const text = problem === undefined
      ? "Put out, and its token is revoked"
      : `Put out, but its token is not revoked: ${problem}`;
    this.#answer(page, { id: request, ok: problem === undefined, text });
  }

  advance(now: Millis): void {
    this.#take(this.#media.advance(now));
    this.#sendEvents(now);
    if (now >= this.#lastCallAt) this.end();
    if (now - this.#matchToldAt >= MATCH_EVERY_MILLIS) this.#tellMatch(now);
    const candidates = this.#candidates.take(now);
    if (candidates) this.pages.publish(candidates);
  }

  /** The broadcast is about to end: what could still be undone is sent. */
  end(): void {
    this.#lastCallAt = Infinity;
    this.#giveEvents(this.control.take(Infinity, this.#options.eventRoom()));
  }

  pollOutput(): StudioOutput | undefined {
    return this.#outputs.shift();
  }

  #obey(
    page: PageQueue,
    message: Exclude<StudioToHost, { kind: "take-over" }>,
    now: Millis,
  ): void {
    switch (message.kind) {
      case "match":
        return this.#command(page, message, now);
      case "put-out":
        return this.#putOut(page, message);
      case "decide":
        return this.#decide(page, message);
      default:
        return this.#capture(page, message, now);
    }
  }

  #command(page: PageQueue, command: MatchCommand, now: Millis): void {
    const { setup, waiting } = this.control;
    page.push(this.control.command(command, now));
    this.#outputs.push(...pressChanges(waiting, this.control.waiting));
    if (this.control.setup !== setup) this.#tellTeams();
    this.#tellMatch(now);
  }

  #tellTeams(): void {
    const { setup } = this.control;
    this.pages.publish(setup);
    this.#outputs.push({ kind: "teams", teams: { home: setup.home, away: setup.away } });
  }

  #capture(page: PageQueue, message: CaptureMessage, now: Millis): void {
    const isSound = message.kind.startsWith("sound");
    if (!this.#isWanted(page, isSound ? "sound" : "screen", now)) return;
    if (message.kind === "screen-format") this.#tellDriver(this.#steering.begin(message.bitrate));
    if (message.kind === "screen-stop") this.#steering.stop();
    this.#take(this.#media.onMessage(message, now));
  }

  #putOut(page: PageQueue, message: MessageTo<"put-out">): void {
    const { id, listener, isTokenRevoked = false } = message;
    const row = this.#listeners.find(listener);
    if (!row) return this.#answer(page, { id, ok: false, text: "That listener has left" });
    const { tokenId } = row;
    if (isTokenRevoked && tokenId === undefined) {
      const text = "That listener has no token of its own which could be revoked";
      return this.#answer(page, { id, ok: false, text });
    }
    this.#outputs.push({ kind: "put-out", listener });
    if (!isTokenRevoked) return this.#answer(page, { id, ok: true });
    this.#outputs.push({ kind: "revoke", tokenId: tokenId!, page, request: id });
  }

  #decide(page: PageQueue, { id, candidateId, isConfirmed }: MessageTo<"decide">): void {
    const isOpen = this.#candidates.isOpen(candidateId);
    const text = isOpen ? undefined : "That is decided already";
    this.#answer(page, { id, ok: isOpen, ...(text !== undefined && { text }) });
    if (isOpen) this.#outputs.push({ kind: "decide", candidateId, isConfirmed });
  }

  #takeOver(page: PageQueue, id: string | undefined): void {
    const former = this.pages.driver;
    this.pages.takeOver(page);
    this.#answer(page, { ...(id !== undefined && { id }), ok: true });
    this.#onDriver(former);
  }

  /** @param former the page that drove before. */
  #onDriver(former: PageQueue | undefined): void {
    const { driver } = this.pages;
    if (driver === former) return;
    if (driver) this.#media.onPage();
    this.pages.tellDriving();
  }

  /** Refuses what comes from a page that does not drive. */
  #refuseIdle(page: PageQueue, message: StudioToHost, now: Millis): void {
    const refusal = { ok: false, text: NOT_DRIVING };
    switch (message.kind) {
      case "match":
        this.junk.add("notDriving");
        return page.push({ kind: "match-answer", id: message.id, ...refusal });
      case "put-out":
      case "decide":
        this.junk.add("notDriving");
        return this.#answer(page, { id: message.id, ...refusal });
      default:
        return this.#refuseMedium(page, now);
    }
  }

  /** Whether the page's sound or screen is sent; if not, the page is told why. */
  #isWanted(page: PageQueue, kind: StudioMedia["kind"], now: Millis): boolean {
    const { isBrowser, reason = "" } = this.#options.facts.sources[kind];
    if (!isBrowser) this.#refusals.refuseMedium(page, "notBrowser", reason, now);
    return isBrowser;
  }

  #refuseMedium(page: PageQueue, now: Millis): void {
    this.#refusals.refuseMedium(page, "notDriving", NOT_DRIVING, now);
  }

  #refuseJunk(page: PageQueue, name: JunkName, now: Millis): void {
    if (!this.#refusals.refuseJunk(page, name, now)) return;
    this.#outputs.push({ kind: "warning", text: NOT_A_MESSAGE });
  }

  #answer(page: PageQueue, answer: Omit<StudioAnswer, "kind">): void {
    page.push({ kind: "answer", ...answer });
  }

  #tellDriver(control: Extract<CaptureOutput, { kind: "control" }>["control"] | undefined): void {
    if (control && this.#options.facts.sources.screen.isBrowser) this.pages.driver?.push(control);
  }

  #take(outputs: readonly CaptureOutput[]): void {
    for (const output of outputs) {
      if (output.kind === "control") this.#tellDriver(output.control);
      else this.#outputs.push(output);
    }
  }

  #noteChannel(channel: string, state: StudioChannels["sound"]["state"]): void {
    const field = channel === "audio" ? "sound" : channel;
    if (field !== "sound" && field !== "screen") return;
    this.#channels = { ...this.#channels, [field]: { state } };
    this.pages.publish(this.#channels);
  }

  #sendEvents(now: Millis): void {
    if (Math.max(this.control.deadline, this.#eventsFrom) > now) return;
    const events = this.control.take(now, this.#options.eventRoom());
    this.#giveEvents(events);
    this.#eventsFrom = events.length === 0 ? now + ROOM_WAIT_MILLIS : -Infinity;
  }

  #giveEvents(events: Extract<StudioOutput, { kind: "events" }>["events"]): void {
    if (events.length > 0) this.#outputs.push({ kind: "events", events });
  }

  /** Tells of the match if it has changed; what changes again at once is told a little later. */
  #tellMatch(now: Millis): void {
    const { revision } = this.control;
    if (revision === this.#toldRevision || this.pages.count === 0) return;
    if (now - this.#matchToldAt < MATCH_EVERY_MILLIS) return;
    this.#toldRevision = revision;
    this.#matchToldAt = now;
    this.pages.publish(this.control.state(now));
  }
}
