/*
 * The origin: what is broadcast. It numbers, times and signs everything, and knows no listener. It does no I/O
 * and reads no clock.
 *
 * In: encoded sound (`pushAudio`), pictures of the screen (`pushPicture`), live data (`pushData`), events
 * (`pushEvents`), items of other channels (`pushItem`), each together with the time; and from each edge how many
 * listeners it has, and what they report (`receiveFromEdge`; reported_events.ts).
 * Out: messages for every edge (`takeDown`), as bytes; what people, scripts and the log are told
 * (`pollOutput`). An edge that begins later is first given `snapshot`.
 *
 * A sound frame goes: `pushAudio`, sound/sound.ts (waits until it is due), `advance`, numbered_stream.ts (gets
 * its number), ../link/down.ts (bytes), then ../edge/edge_core.ts. A picture goes the same way through
 * screen/screen.ts, a message of live data through data/data_sender.ts, and an event through
 * timeline/timeline_sender.ts.
 *
 * Read next: media.ts, sound_channel.ts and sound/sound.ts; the screen, data and the timeline have the same.
 * `io/` holds what sound, screen and events need to open files.
 */

import type { Parsed } from "../../shared/core/parsed.ts";
import { type Millis, millisToTicks } from "../../shared/core/units.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { CHANNEL_KINDS } from "../../shared/media/channel_kinds.ts";
import { type EventSigner, signEvent } from "../../shared/secrecy/signed_event.ts";
import type { Match, OriginConfig } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";
import { type DownMessage, serializeDown } from "../link/down.ts";
import { parseUp, type UpMessage } from "../link/up.ts";
import { ClockTimes } from "./clock_times.ts";
import type { DataCounts } from "./data/data_sender.ts";
import type { CheckedMessage } from "./data/message_check.ts";
import { EdgeReports } from "./edge_reports.ts";
import { Media } from "./media.ts";
import { UNNAMED_TEAMS } from "../../shared/event/titles.ts";
import { refuseReport, ReportNews, type ReportUp } from "./report_news.ts";
import { ReportedEvents } from "./reported_events.ts";
import type { ItemOptions, StreamPlan } from "./numbered_stream.ts";
import type { EncodedPicture, ScreenFormat } from "./screen/picture.ts";
import type { OriginDeps } from "./origin_deps.ts";
import { StartAndEnd } from "./start_and_end.ts";
import { Streams } from "./streams.ts";
import type { NewEvent } from "./timeline/new_event.ts";
import { Timeline } from "./timeline/timeline.ts";
import { headOf, TimelineChannel } from "./timeline_channel.ts";

const BROADCAST_ID_BYTES = 8;
const NONE: readonly Uint8Array[] = [];

export type { OriginDeps, SigningKeys } from "./origin_deps.ts";

/**
 * The origin of a broadcast, without I/O. The broadcast starts when enough listeners have joined. It ends when
 * its sources have ended, when its duration is over, or with {@linkcode shutdown}.
 */
export class OriginCore {
  readonly timeline: Timeline;
  readonly #config: OriginConfig;
  /** 16 hexadecimal digits. */
  readonly #broadcastId: string;
  readonly #signer: EventSigner | undefined;
  /** The public key of the signatures. */
  readonly #signingKey: Uint8Array | undefined;
  readonly #streams: Streams;
  readonly #media: Media;
  /** Undefined when the broadcast has no events. */
  readonly #events: TimelineChannel | undefined;
  /** Undefined when nobody may report. */
  readonly #reported: ReportedEvents | undefined;
  readonly #reportNews = new ReportNews((output) => this.#say(output));
  readonly #startAndEnd: StartAndEnd;
  readonly #edges: EdgeReports;
  #down: Uint8Array[] = [];
  readonly #outputs: ServerOutput[] = [];
  readonly #clockTimes: ClockTimes;
  /** The teams; undefined while they have no names. */
  #match: Match | undefined;
  /** Why it is over; undefined until then. */
  #endReason: string | undefined;

  constructor(config: OriginConfig, deps: OriginDeps) {
    const { rng, now, ciphers, signing, journal, scores, reports } = deps;
    this.#config = config;
    this.#match = config.match;
    const broadcastId = this.#broadcastId = config.timeline?.broadcastId ??
      config.broadcastId ?? rng.bytes(BROADCAST_ID_BYTES).toHex();
    const signer = this.#signer = signing &&
      { ciphers: signing.ciphers, seed: signing.signingSeed, broadcastId };
    this.#signingKey = signing?.ciphers.signingKeyOf(signing.signingSeed);
    this.timeline = new Timeline(rng, { kept: config.timeline?.timeline, journal, signer });
    this.#clockTimes = new ClockTimes(now);
    const send = (message: DownMessage) => this.#send(message);
    const say = (output: ServerOutput) => this.#say(output);
    const { sequenceStart } = config;
    const streams = this.#streams = new Streams({ rng, sequenceStart, send, say });
    this.#edges = new EdgeReports({ streams, say });
    send(this.#describe(now));
    const keys = { ciphers, ...(signer && { signer }) };
    this.#media = new Media({ config, keys, streams, send, say });
    const { timeline } = this;
    const teams = config.match ?? UNNAMED_TEAMS;
    this.#reported = reports && new ReportedEvents({
      setup: reports,
      ...{ teams, now, send },
      isOnTimeline: (id) => this.timeline.countOf(id) !== undefined,
      push: (events, at) => this.pushEvents(events, at),
      ...{ say, news: this.#reportNews },
    });
    this.#events = config.hasEvents
      ? new TimelineChannel({ timeline, streams, scores, send, say })
      : undefined;
    this.#startAndEnd = this.#openStartAndEnd(now);
  }

  #openStartAndEnd(now: Millis): StartAndEnd {
    return new StartAndEnd({
      config: this.#config,
      joinedCount: () => this.#edges.joined,
      media: () => this.#media.running,
      isMediaAwaited: () => this.#media.isAwaited,
      timelineSender: this.#events?.sender,
      now,
    });
  }

  /** 16 hexadecimal digits. */
  get broadcastId(): string {
    return this.#broadcastId;
  }

  /** The duration of the sound that waits to be sent. Push sound while this is below a second or two. */
  get audioBacklog(): Millis {
    return this.#media.sound.medium?.backlog ?? 0;
  }

  /** Whether sound is expected whose format is not known yet. */
  get isAudioAwaited(): boolean {
    return this.#media.sound.isAwaited;
  }

  /**
   * How long the pictures last that wait to be sent; more while they take much memory. Push pictures while this
   * is below a second or two.
   */
  get screenBacklog(): Millis {
    return this.#media.screen.medium?.backlog ?? 0;
  }

  /** Whether a screen is expected whose format is not known yet. */
  get isScreenAwaited(): boolean {
    return this.#media.screen.isAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.#startAndEnd.startedAt;
  }

  /** Whether the broadcast is ending: new sound and events are dropped. */
  get isEnding(): boolean {
    return this.#endReason !== undefined;
  }

  /** Why events are waiting that should have been sent; undefined when none are. */
  get eventProblem(): string | undefined {
    return this.#events?.sender.problem;
  }

  get deadline(): Millis {
    if (this.isEnding) return Infinity;
    return Math.min(
      this.#clockTimes.deadline,
      this.#startAndEnd.deadline,
      this.#events?.sender.deadline ?? Infinity,
      this.#media.deadline,
      this.#reported?.deadline ?? Infinity,
    );
  }

  /** The messages that an edge needs which begins now; the next ones come with {@linkcode takeDown}. */
  snapshot(now: Millis): Uint8Array[] {
    const [events, data] = [this.#events, this.#media.data];
    const others = this.#streams.all.filter((one) => !events?.has(one) && !data?.has(one));
    const reason = this.#endReason;
    const messages: DownMessage[] = [
      this.#describe(now),
      ...others.map(({ setup }) => setup),
      ...data?.past() ?? [],
      ...events?.past() ?? [],
      ...this.#streams.pauses,
      headOf(this.timeline),
      ...this.#reported?.past() ?? [],
      this.#clock(now),
      ...(reason === undefined ? [] : [{ type: "ended", reason } as const]),
    ];
    return messages.map(serializeDown);
  }

  /** @param edge a number that the caller gave to this edge. */
  receiveFromEdge(edge: number, bytes: Uint8Array, now: Millis): Parsed<UpMessage> {
    const message = parseUp(bytes);
    if (!message.ok) return message;
    if (message.value.type === "report") this.#onReport(message.value, now);
    else this.#edges.onMessage(edge, message.value, now);
    this.#startWhenReady(now);
    return message;
  }

  /** An edge is gone, and its listeners with it. */
  removeEdge(edge: number): void {
    this.#edges.remove(edge);
  }

  advance(now: Millis): void {
    if (this.isEnding) return;
    this.#startWhenReady(now);
    // What is due when the broadcast is over no longer reaches anybody.
    this.#endWhenOver(now);
    if (this.isEnding) return;
    this.#media.sendDue(now);
    this.#reported?.advance(now);
    this.#events?.sender.retry(now);
    if (this.#clockTimes.takeDue(now)) this.#send(this.#clock(now));
    this.#endWhenOver(now);
  }

  /** The format of the awaited sound is known: its channel begins. */
  openAudio(format: AudioFormat, now: Millis): void {
    if (this.isEnding) return;
    this.#media.sound.open(format, this.startedAt);
    this.#startWhenReady(now);
  }

  /** @param at when it was captured. @throws RangeError when a minute of it waits: {@linkcode audioBacklog}. */
  pushAudio(frame: EncodedFrame, now: Millis, at: Millis = now): void {
    if (this.isEnding) return;
    this.#media.sound.push(frame, at);
    this.#startWhenReady(now);
  }

  /** No more sound will come; the broadcast goes on until all of the sound was played. */
  endAudio(now: Millis): void {
    this.#media.sound.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /** The format of the awaited screen is known: its channel begins. */
  openScreen(format: ScreenFormat, now: Millis): void {
    if (this.isEnding) return;
    this.#media.screen.open(format, this.startedAt);
    this.#startWhenReady(now);
  }

  /**
   * Takes the pictures of the screen in decoding order.
   *
   * @param at when it was captured; a file's pictures come as they are needed.
   * @throws RangeError when a minute of pictures is already waiting: see {@linkcode screenBacklog}.
   */
  pushPicture(picture: EncodedPicture, now: Millis, at: Millis = now): void {
    if (this.isEnding) return;
    this.#media.screen.push(picture, at);
    this.#startWhenReady(now);
  }

  /** No more pictures will come; the broadcast goes on until the last one was shown. */
  endScreen(now: Millis): void {
    this.#media.screen.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /** Takes a message of live data. One that can't leave yet waits, and is superseded by the next one. */
  pushData(message: CheckedMessage, now: Millis): void {
    if (!this.isEnding) this.#media.data?.push(message, now);
  }

  /** Whether a message that is pushed now supersedes none. */
  get hasDataRoom(): boolean {
    return this.#media.data?.hasRoom ?? false;
  }

  /** No more data will come; the broadcast goes on until all of it was sent. */
  endData(now: Millis): void {
    this.#media.data?.end();
    this.#endWhenOver(now);
  }

  /** What people are told of the values; a later one replaces it. */
  setDataSetup(setup: DataSetup): void {
    if (!this.isEnding) this.#media.data?.setSetup(setup);
  }

  /** Undefined when there is no data. */
  get dataCounts(): DataCounts | undefined {
    return this.#media.data?.counts;
  }

  /**
   * Stores events together, then sends them, at most 500 a second; before the start they wait. Push no more than
   * {@linkcode eventRoom}.
   */
  pushEvents(events: readonly NewEvent[], now: Millis): void {
    if (!this.isEnding) this.#events?.sender.push(events, now);
  }

  /** How many events may be pushed now; further ones would be left out. */
  get eventRoom(): number {
    return this.#events?.sender.room ?? 0;
  }

  endEvents(now: Millis): void {
    this.#events?.sender.end();
    this.#endWhenOver(now);
  }

  /**
   * A channel begins whose items come with {@linkcode pushItem}.
   *
   * @returns its id.
   * @throws RangeError when {@linkcode MAX_CHANNELS} run already.
   */
  openChannel(plan: StreamPlan): number {
    return this.#streams.begin(plan).id;
  }

  /** Sends an item at once; dropped before the start, after the end, and when the channel has ended. */
  pushItem(id: number, payload: Uint8Array, now: Millis, options: ItemOptions = {}): void {
    const stream = this.#streams.get(id);
    if (!stream || this.isEnding || this.startedAt === undefined) return;
    const { kind, clockRate } = stream.setup;
    const isSigned = this.#signer && CHANNEL_KINDS[kind].signs === "item";
    const signed = isSigned ? signEvent(this.#signer, payload) : payload;
    this.#send(stream.number(signed, millisToTicks(now - this.startedAt, clockRate), options));
  }

  /** The host stops a channel. The broadcast goes on, and the channel may begin again under another id. */
  endChannel(id: number): void {
    const stream = this.#streams.end(id);
    if (!stream) return;
    this.#edges.forget(id);
    this.#media.onStreamEnded(stream);
    this.#events?.onStreamEnded(stream);
  }

  /** The source of a channel is gone and may come back, or is back. */
  setPaused(id: number, isPaused: boolean): void {
    if (isPaused) this.#media.onSourceGone(this.#streams.get(id));
    this.#streams.setPaused(id, isPaused);
  }

  /** The id of the channel of sound or of the screen; undefined when there is none now. */
  idOf(medium: "sound" | "screen"): number | undefined {
    return this.#media[medium].stream?.id;
  }

  /** Names the teams, for all who listen and for those who come later. */
  setTeams({ home, away }: Match): void {
    if (this.isEnding) return;
    this.#match = { home, away };
    this.#send({ type: "teams", home, away });
    this.#reported?.onTeams({ home, away });
    this.#say({ kind: "teams", home, away });
  }

  /** What listeners have reported; undefined when nobody may. */
  get reported(): ReportedEvents | undefined {
    return this.#reported;
  }

  /** Puts a listener out, at whichever edge it is. @param connectionId 16 hexadecimal digits. */
  putOut(connectionId: string, code: number, reason: string): void {
    this.#send({ type: "put-out", connectionId, code, reason });
  }

  /** Ends the broadcast. */
  shutdown(reason: string): void {
    if (this.isEnding) return;
    this.#reported?.end();
    this.#endReason = reason;
    this.#send({ type: "ended", reason });
  }

  /** The messages to every edge since the last call, in order. */
  takeDown(): readonly Uint8Array[] {
    const messages = this.#down;
    // Asked after every datagram that comes, and mostly in vain.
    if (messages.length === 0) return NONE;
    this.#down = [];
    return messages;
  }

  pollOutput(): ServerOutput | undefined {
    return this.#outputs.shift();
  }

  #onReport(message: ReportUp, now: Millis): void {
    if (this.#reported) return this.#reported.onReport(message, now);
    const answer = refuseReport(message);
    this.#send({ type: "report-answer", connectionId: message.connectionId, answer });
    this.#reportNews.tell(message, answer, now);
  }

  #describe(now: Millis): DownMessage {
    const match = this.#match;
    const signingKey = this.#signingKey;
    return {
      type: "broadcast",
      broadcastId: this.#broadcastId,
      ...(match && { match }),
      ...(signingKey && { signingKey }),
      now,
    };
  }

  #clock(now: Millis): DownMessage {
    const { startedAt } = this;
    return { type: "clock", now, ...(startedAt !== undefined && { startedAt }) };
  }

  #startWhenReady(now: Millis): void {
    if (this.isEnding || !this.#startAndEnd.start(now)) return;
    this.#media.start(now);
    this.#send(this.#clock(now));
    this.#say({ kind: "started", at: now });
    this.#events?.sender.start(now);
    if (!this.isEnding) this.#media.sendDue(now);
    this.#endWhenOver(now);
  }

  #endWhenOver(now: Millis): void {
    const reason = this.isEnding ? undefined : this.#startAndEnd.whyOver(now);
    if (reason !== undefined) this.shutdown(reason);
  }

  #send(message: DownMessage): void {
    this.#down.push(serializeDown(message));
  }

  #say(output: ServerOutput): void {
    if (output.kind === "event-sent") this.#reported?.onEntry(output.event);
    this.#outputs.push(output);
  }
}
