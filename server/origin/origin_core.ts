/*
 * The origin: what is broadcast. It numbers, times and signs everything, and knows no listener. It does no I/O
 * and reads no clock.
 *
 * In: encoded sound (`pushAudio`), events (`pushEvent`), items of other channels (`pushItem`), each together
 * with the time; and from each edge how many listeners it has (`receiveFromEdge`).
 * Out: messages for every edge (`takeDown`), as bytes; what people, scripts and the log are told
 * (`pollOutput`). An edge that begins later is first given `snapshot`.
 *
 * A sound frame goes: `pushAudio`, sound/sound.ts (waits until it is due), `advance`, numbered_stream.ts (gets
 * its number), ../link/down.ts (bytes), then ../edge/edge_core.ts. An event goes: `pushEvent`,
 * timeline/timeline_sender.ts, then the same way.
 *
 * Read next: numbered_stream.ts, then sound/sound.ts and timeline/timeline_sender.ts. `io/` holds what sound
 * and events both need to open files.
 */

import { MAX_CHANNELS } from "../../shared/admission/accept_body.ts";
import type { Parsed } from "../../shared/core/parsed.ts";
import type { Rng } from "../../shared/core/rng.ts";
import { type Millis, millisToTicks, type RtpTicks } from "../../shared/core/units.ts";
import { type AudioFormat, CODECS, type EncodedFrame } from "../../shared/media/channel.ts";
import { CHANNEL_KINDS } from "../../shared/media/channel_kinds.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { type EventSigner, signEvent } from "../../shared/secrecy/signed_event.ts";
import { BLOCK_ENTRIES } from "../../shared/event/blocks.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";
import { type DownMessage, serializeDown } from "../link/down.ts";
import { parseUp, type UpMessage } from "../link/up.ts";
import {
  type ItemOptions,
  type NumberedStream,
  StreamOpener,
  type StreamPlan,
} from "./numbered_stream.ts";
import { Sound } from "./sound/sound.ts";
import { StartAndEnd } from "./start_and_end.ts";
import type { NewEvent } from "./timeline/new_event.ts";
import { type Journal, Timeline } from "./timeline/timeline.ts";
import { TimelineSender } from "./timeline/timeline_sender.ts";
import { Warnings } from "./warnings.ts";

/** How often the edges are told the origin's clock. */
const CLOCK_INTERVAL_MILLIS: Millis = 1000;
const BROADCAST_ID_BYTES = 8;

/** What an encrypted broadcast is signed with. */
export interface SigningKeys {
  readonly ciphers: Ciphers;
  /** The seed of the Ed25519 key: 32 bytes. Nobody but the origin has it. */
  readonly signingSeed: Uint8Array;
}

export interface OriginDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** Absent when the broadcast is not encrypted. */
  readonly signing?: SigningKeys;
  /** Stores each event before it is sent. */
  readonly journal?: Journal;
}

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
  readonly #opener: StreamOpener;
  readonly #streams = new Map<number, NumberedStream>();
  readonly #timelineSender: TimelineSender | undefined;
  readonly #startAndEnd: StartAndEnd;
  /** The listeners of each edge. */
  readonly #joined = new Map<number, number>();
  #down: Uint8Array[] = [];
  readonly #outputs: ServerOutput[] = [];
  readonly #warnings = new Warnings((output) => this.#outputs.push(output));
  #audio: NumberedStream | undefined;
  #timelineStream: NumberedStream | undefined;
  #sound: Sound | undefined;
  /** The count of the last entry, as the edges were told. */
  #countTold = 0;
  #isAudioAwaited: boolean;
  #clockAt: Millis;
  /** Why it is over; undefined until then. */
  #endReason: string | undefined;

  constructor(config: OriginConfig, { rng, now, signing, journal }: OriginDeps) {
    this.#config = config;
    const broadcastId = this.#broadcastId = config.timeline?.broadcastId ??
      rng.bytes(BROADCAST_ID_BYTES).toHex();
    const signer = this.#signer = signing &&
      { ciphers: signing.ciphers, seed: signing.signingSeed, broadcastId };
    this.#signingKey = signing?.ciphers.signingKeyOf(signing.signingSeed);
    this.#opener = new StreamOpener(rng, config.sequenceStart);
    this.timeline = new Timeline(rng, { kept: config.timeline?.timeline, journal, signer });
    this.#isAudioAwaited = config.isAudioAwaited ?? false;
    this.#clockAt = now;
    this.#send(this.#describe(now));
    if (config.audio) this.#openSound(config.audio);
    this.#timelineSender = config.hasEvents ? this.#openTimeline() : undefined;
    this.#startAndEnd = new StartAndEnd({
      config,
      joinedCount: () => this.#joinedCount,
      sound: () => this.#sound,
      isSoundAwaited: () => this.#isAudioAwaited,
      timelineSender: this.#timelineSender,
      now,
    });
  }

  /** 16 hexadecimal digits. */
  get broadcastId(): string {
    return this.#broadcastId;
  }

  /** The duration of the sound that waits to be sent. Push sound while this is below a second or two. */
  get audioBacklog(): Millis {
    return this.#sound?.backlog ?? 0;
  }

  /** Whether sound is expected whose format is not known yet. */
  get isAudioAwaited(): boolean {
    return this.#isAudioAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.#startAndEnd.startedAt;
  }

  /** Whether the broadcast is ending: new sound and events are dropped. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Why events are waiting that should have been sent; undefined when none are. */
  get eventProblem(): string | undefined {
    return this.#timelineSender?.problem;
  }

  get deadline(): Millis {
    if (this.#isEnding) return Infinity;
    return Math.min(
      this.#clockAt,
      this.#startAndEnd.deadline,
      this.#timelineSender?.deadline ?? Infinity,
      this.#sound?.deadline ?? Infinity,
    );
  }

  /** The messages that an edge needs which begins now; the next ones come with {@linkcode takeDown}. */
  snapshot(now: Millis): Uint8Array[] {
    const others = [...this.#streams.values()].filter((stream) => stream !== this.#timelineStream);
    const messages = [
      this.#describe(now),
      ...others.map(({ setup }) => setup),
      ...this.#pastTimeline(),
      this.#timelineHead(),
      this.#clock(now),
      ...this.#end(),
    ];
    return messages.map(serializeDown);
  }

  /** The channel of events as it was before the entries that are in no full block, the blocks, those entries. */
  #pastTimeline(): DownMessage[] {
    const stream = this.#timelineStream;
    if (!stream) return [];
    const { setup } = stream;
    const { timeline } = this;
    const entries = timeline.tail.map(({ count, payload }) => ({
      type: "item" as const,
      channel: stream.id,
      sequence: setup.sequenceBase + count - 1,
      ticks: 0,
      marker: false,
      isKey: true,
      isPast: true,
      payload,
    }));
    const nextSequence = setup.nextSequence - entries.length;
    return [{ ...setup, nextSequence }, ...blocksOf(timeline), ...entries];
  }

  /** @param edge a number that the caller gave to this edge. */
  receiveFromEdge(edge: number, bytes: Uint8Array, now: Millis): Parsed<UpMessage> {
    const message = parseUp(bytes);
    if (!message.ok) return message;
    this.#joined.set(edge, message.value.joined);
    this.#startWhenReady(now);
    return message;
  }

  /** An edge is gone, and its listeners with it. */
  removeEdge(edge: number): void {
    this.#joined.delete(edge);
  }

  advance(now: Millis): void {
    if (this.#isEnding) return;
    this.#startWhenReady(now);
    this.#sendDueSound(now);
    this.#timelineSender?.retry(now);
    this.#tellClock(now);
    this.#endWhenOver(now);
  }

  /** The format of the awaited sound is known: its channel begins. */
  openAudio(format: AudioFormat, now: Millis): void {
    if (this.#isEnding || this.#sound) return;
    this.#isAudioAwaited = false;
    const { setup: { codec, ssrc } } = this.#openSound(format);
    this.#say({ kind: "channel-started", channel: "audio", codec, ssrc });
    if (this.startedAt !== undefined) this.#sound!.start(this.startedAt);
    this.#startWhenReady(now);
  }

  /** @throws RangeError when a minute of sound is already waiting: see {@linkcode audioBacklog}. */
  pushAudio(frame: EncodedFrame, now: Millis): void {
    if (this.#isEnding || !this.#sound) return;
    const oddity = this.#sound.push(frame, now);
    if (oddity !== undefined) this.#warnings.add(oddity, now);
    this.#startWhenReady(now);
  }

  /** No more sound will come; the broadcast goes on until all of the sound was played. */
  endAudio(now: Millis): void {
    this.#isAudioAwaited = false;
    this.#sound?.end();
    this.#startWhenReady(now);
    this.#endWhenOver(now);
  }

  /**
   * Stores events together, then sends them, at most 500 a second; before the start they wait. Push no more than
   * {@linkcode eventRoom}.
   */
  pushEvents(events: readonly NewEvent[], now: Millis): void {
    if (!this.#isEnding) this.#timelineSender?.push(events, now);
  }

  /** How many events may be pushed now; further ones would be left out. */
  get eventRoom(): number {
    return this.#timelineSender?.room ?? 0;
  }

  endEvents(now: Millis): void {
    this.#timelineSender?.end();
    this.#endWhenOver(now);
  }

  /**
   * A channel begins whose items come with {@linkcode pushItem}.
   *
   * @returns its id.
   * @throws RangeError when {@linkcode MAX_CHANNELS} run already.
   */
  openChannel(plan: StreamPlan): number {
    const { id, setup: { name, codec, ssrc } } = this.#open(plan);
    this.#say({ kind: "channel-started", channel: name, codec, ssrc });
    return id;
  }

  /** Sends an item at once; dropped before the start, after the end, and when the channel has ended. */
  pushItem(id: number, payload: Uint8Array, now: Millis, options: ItemOptions = {}): void {
    const stream = this.#streams.get(id);
    if (!stream || this.#isEnding || this.startedAt === undefined) return;
    const { kind, clockRate } = stream.setup;
    const signed = CHANNEL_KINDS[kind].isSigned ? this.#sign(payload) : payload;
    this.#send(stream.number(signed, millisToTicks(now - this.startedAt, clockRate), options));
  }

  /** The host stops a channel. The broadcast goes on, and the channel may begin again under another id. */
  endChannel(id: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.#streams.delete(id);
    if (stream === this.#audio) this.#forgetSound();
    if (stream === this.#timelineStream) this.#timelineStream = undefined;
    this.#send({ type: "channel-ended", id });
    const { name, codec, ssrc } = stream.setup;
    this.#say({ kind: "channel-ended", channel: name, codec, ssrc });
  }

  /** The id of the channel of sound; undefined when there is none now. */
  get audioId(): number | undefined {
    return this.#audio?.id;
  }

  /** Puts a listener out, at whichever edge it is. @param connectionId 16 hexadecimal digits. */
  putOut(connectionId: string, code: number, reason: string): void {
    this.#send({ type: "put-out", connectionId, code, reason });
  }

  /** Ends the broadcast. */
  shutdown(reason: string): void {
    if (this.#isEnding) return;
    this.#endReason = reason;
    this.#send({ type: "ended", reason });
  }

  /** The messages to every edge since the last call, in order. */
  takeDown(): readonly Uint8Array[] {
    const messages = this.#down;
    this.#down = [];
    return messages;
  }

  pollOutput(): ServerOutput | undefined {
    return this.#outputs.shift();
  }

  get #joinedCount(): number {
    return [...this.#joined.values()].reduce((sum, joined) => sum + joined, 0);
  }

  #open(plan: StreamPlan): NumberedStream {
    if (this.#streams.size >= MAX_CHANNELS) {
      const text =
        `"${plan.name}" can't begin: ${MAX_CHANNELS} channels run already, and a listener`;
      throw new RangeError(`${text} can be told of no more; end one of them first`);
    }
    const stream = this.#opener.open(plan);
    this.#streams.set(stream.id, stream);
    this.#send(stream.setup);
    return stream;
  }

  #openSound(audio: AudioFormat): NumberedStream {
    const { intervalMillis } = this.#config;
    const aheadMillis = intervalMillis ?? 0;
    const { codec } = audio;
    this.#audio = this.#open({ name: "audio", kind: "paced", codec, aheadMillis, audio });
    this.#sound = new Sound(audio, intervalMillis);
    return this.#audio;
  }

  /** The sound may come back, so its end does not end the broadcast. */
  #forgetSound(): void {
    this.#audio = undefined;
    this.#sound = undefined;
    this.#isAudioAwaited = true;
  }

  /** Entries from before a restart keep their numbers: `sequence number - sequenceBase + 1` is always the count. */
  #openTimeline(): TimelineSender {
    const { timeline } = this;
    const itemsBefore = timeline.blocks.length * BLOCK_ENTRIES;
    const plan = { name: "events", kind: "ordered", codec: "json", aheadMillis: 0 } as const;
    const stream = this.#timelineStream = this.#open({ ...plan, itemsBefore });
    for (const block of blocksOf(timeline)) this.#send(block);
    for (const { payload } of timeline.tail) {
      this.#send(stream.number(payload, 0, { isPast: true }));
    }
    this.#send(this.#timelineHead());
    timeline.onBlock = (firstCount, block) => this.#send({ type: "past", firstCount, block });
    // A limit of its own: a warning about the sound must not hide a warning about an event.
    const warnings = new Warnings((output) => this.#say(output));
    return new TimelineSender({
      clockRate: CODECS.json.clockRate,
      timeline,
      send: (payload, ticks) => this.#sendEntry(stream, payload, ticks),
      say: (output) => this.#say(output),
      warn: (text, at) => warnings.add(text, at),
    });
  }

  /** An entry of a channel that the host has stopped stays in the timeline alone. */
  #sendEntry(stream: NumberedStream, payload: Uint8Array, ticks: RtpTicks): void {
    if (stream !== this.#timelineStream) return;
    const { count } = this.timeline.head;
    // Entries that were stored together have one head.
    if (count !== this.#countTold) this.#send(this.#timelineHead());
    this.#countTold = count;
    this.#send(stream.number(payload, ticks));
  }

  #sign(event: Uint8Array): Uint8Array {
    return this.#signer ? signEvent(this.#signer, event) : event;
  }

  #describe(now: Millis): DownMessage {
    const { match } = this.#config;
    const signingKey = this.#signingKey;
    return {
      type: "broadcast",
      broadcastId: this.#broadcastId,
      ...(match && { match }),
      ...(signingKey && { signingKey }),
      now,
    };
  }

  #end(): DownMessage[] {
    return this.#endReason === undefined ? [] : [{ type: "ended", reason: this.#endReason }];
  }

  get #isEnding(): boolean {
    return this.#endReason !== undefined;
  }

  #timelineHead(): DownMessage {
    return { type: "timeline", ...this.timeline.head };
  }

  #clock(now: Millis): DownMessage {
    const { startedAt } = this;
    return { type: "clock", now, ...(startedAt !== undefined && { startedAt }) };
  }

  #tellClock(now: Millis): void {
    if (now < this.#clockAt) return;
    const missed = Math.floor((now - this.#clockAt) / CLOCK_INTERVAL_MILLIS);
    this.#clockAt += (missed + 1) * CLOCK_INTERVAL_MILLIS;
    this.#send(this.#clock(now));
  }

  #startWhenReady(now: Millis): void {
    if (this.#isEnding || !this.#startAndEnd.start(now)) return;
    this.#sound?.start(now);
    this.#send(this.#clock(now));
    this.#say({ kind: "started", at: now });
    this.#timelineSender?.start(now);
    this.#sendDueSound(now);
    this.#endWhenOver(now);
  }

  #sendDueSound(now: Millis): void {
    if (this.#isEnding) return;
    for (const { payload, ticks } of this.#sound?.due(now) ?? []) {
      this.#send(this.#audio!.number(payload, ticks));
    }
  }

  #endWhenOver(now: Millis): void {
    const reason = this.#isEnding ? undefined : this.#startAndEnd.whyOver(now);
    if (reason !== undefined) this.shutdown(reason);
  }

  #send(message: DownMessage): void {
    this.#down.push(serializeDown(message));
  }

  #say(output: ServerOutput): void {
    this.#outputs.push(output);
  }
}

function blocksOf({ blocks }: Timeline): DownMessage[] {
  return blocks.map((block, index) => ({
    type: "past",
    firstCount: index * BLOCK_ENTRIES + 1,
    block,
  }));
}
