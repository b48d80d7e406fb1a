/*
 * The core of a host: one origin and one edge in a process. Between the two pass only bytes, exactly as they
 * would between machines.
 *
 * In: datagrams from listeners (`receive`), encoded sound (`pushAudio`), pictures (`pushPicture`), live data
 * (`pushData`), events (`pushEvent`), the outcome of each `examine-join`, and `advance` when the
 * `deadline` is reached, each with the time.
 * Out: datagrams (`pollTransmit`), and what people, scripts and the log are told (`pollOutput`).
 *
 * Everything here is passed on to one of the two, and then what they say to each other is exchanged. Read
 * next: ../origin/origin_core.ts (what is sent), then ../edge/edge_core.ts (to whom).
 */

import type { Rng } from "../../shared/core/rng.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import type { Core, Transmit } from "../../shared/driver/driver.ts";
import type { Address, RefusedSend } from "../../shared/driver/socket.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import type { Candidate } from "../../shared/report/report.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { EdgeCore } from "../edge/edge_core.ts";
import type { Channel } from "../edge/sending/channel.ts";
import type { EdgeKeys, HostSecrecy } from "../edge/sessions/host_secrecy.ts";
import type { Match, ServerConfig } from "../interface/config.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { ListenerRow } from "../interface/listener_row.ts";
import type { CoreOutput, ServerStats } from "../interface/output.ts";
import type { DataCounts } from "../origin/data/data_sender.ts";
import type { CheckedMessage } from "../origin/data/message_check.ts";
import type { ItemOptions, StreamPlan } from "../origin/numbered_stream.ts";
import { OriginCore, type SigningKeys } from "../origin/origin_core.ts";
import type { ReportsSetup } from "../origin/reported_events.ts";
import type { HostEvent } from "../origin/reports/desk_interface.ts";
import type { EncodedPicture, ScreenFormat } from "../origin/screen/picture.ts";
import type { NewEvent, ScoreKeeper } from "../origin/timeline/new_event.ts";
import type { Journal, Timeline } from "../origin/timeline/timeline.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { Examined } from "../tokens/token_examiner.ts";

/** The number that the origin knows the edge of this process by. */
const OWN_EDGE = 0;

/** The keys and ciphers of an encrypted broadcast: the origin gets the seed, the edge all but the seed. */
export type SecrecyKeys = SigningKeys & EdgeKeys;

export interface ServerDeps {
  readonly rng: Rng;
  readonly now: Millis;
  /** Hashes the pictures of live data, encrypted or not. */
  readonly ciphers: Pick<Ciphers, "sha256">;
  /** The keys of an encrypted broadcast; without them the broadcast is sent in clear. */
  readonly secrecy?: SecrecyKeys;
  /** Stores each event before it is sent. */
  readonly journal?: Journal;
  /** Gives events of several sources one score. */
  readonly scores?: ScoreKeeper;
  /** Absent when nobody may report events of the match. */
  readonly reports?: ReportsSetup;
}

/** The host, without I/O: sends everything on time to every admitted listener. */
export class ServerCore implements Core<CoreOutput> {
  readonly #origin: OriginCore;
  readonly #edge: EdgeCore;
  /** The outputs of both, in the order in which things happened. */
  readonly #outputs: CoreOutput[] = [];

  constructor(config: ServerConfig, { secrecy, ...deps }: ServerDeps) {
    const { rng, now } = deps;
    this.#origin = new OriginCore(config, { ...deps, signing: secrecy });
    const keys = secrecy && { ciphers: secrecy.ciphers, hostKey: secrecy.hostKey };
    this.#edge = new EdgeCore(config, { rng, now, secrecy: keys });
    this.#exchange(now);
  }

  get channels(): readonly Channel[] {
    return this.#edge.channels;
  }

  get timeline(): Timeline {
    return this.#origin.timeline;
  }

  /** 16 hexadecimal digits. */
  get broadcastId(): string {
    return this.#origin.broadcastId;
  }

  /** Absent when the broadcast is not encrypted. */
  get secrecy(): HostSecrecy | undefined {
    return this.#edge.secrecy;
  }

  /** See {@linkcode OriginCore.audioBacklog}. */
  get audioBacklog(): Millis {
    return this.#origin.audioBacklog;
  }

  /** Whether sound is expected whose format is not known yet. */
  get isAudioAwaited(): boolean {
    return this.#origin.isAudioAwaited;
  }

  /** See {@linkcode OriginCore.screenBacklog}. */
  get screenBacklog(): Millis {
    return this.#origin.screenBacklog;
  }

  /** Whether a screen is expected whose format is not known yet. */
  get isScreenAwaited(): boolean {
    return this.#origin.isScreenAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.#origin.startedAt;
  }

  /** Whether the broadcast is ending: only goodbyes are still sent, and new sound and events are dropped. */
  get isEnding(): boolean {
    return this.#origin.isEnding;
  }

  /** Whether the broadcast has ended; datagrams that are still in the outbox are to be sent. */
  get isFinished(): boolean {
    return this.#edge.isFinished;
  }

  /** Why events are waiting that should have been sent; undefined when none are. */
  get eventProblem(): string | undefined {
    return this.#origin.eventProblem;
  }

  get deadline(): Millis | undefined {
    if (this.isFinished) return undefined;
    return Math.min(this.#origin.deadline, this.#edge.deadline ?? Infinity);
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#edge.receive(datagram, from, now);
    this.#exchange(now);
  }

  onReceiveError(): void {
    this.#edge.onReceiveError();
  }

  /** Takes the outcome of an `examine-join`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    this.#edge.onExamined(id, examined, now);
    this.#exchange(now);
  }

  /** See {@linkcode EdgeCore.reviewPasses}. */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#edge.reviewPasses(review, now);
    this.#exchange(now);
  }

  /** See {@linkcode EdgeCore.tellWallTime}. */
  tellWallTime(wallNow: WallMillis, now: Millis): void {
    this.#edge.tellWallTime(wallNow, now);
    this.#exchange(now);
  }

  advance(now: Millis): void {
    this.#origin.advance(now);
    this.#exchange(now);
    this.#edge.advance(now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.openAudio}. */
  openAudio(format: AudioFormat, now: Millis): void {
    this.#origin.openAudio(format, now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.pushAudio}. */
  pushAudio(frame: EncodedFrame, now: Millis, at: Millis = now): void {
    this.#origin.pushAudio(frame, now, at);
    this.#exchange(now);
  }

  /** No more sound will come; the broadcast goes on until all of the sound was played. */
  endAudio(now: Millis): void {
    this.#origin.endAudio(now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.openScreen}. */
  openScreen(format: ScreenFormat, now: Millis): void {
    this.#origin.openScreen(format, now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.pushPicture}. */
  pushPicture(picture: EncodedPicture, now: Millis, at: Millis = now): void {
    this.#origin.pushPicture(picture, now, at);
    this.#exchange(now);
  }

  endScreen(now: Millis): void {
    this.#origin.endScreen(now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.pushData}. */
  pushData(message: CheckedMessage, now: Millis): void {
    this.#origin.pushData(message, now);
    this.#exchange(now);
  }

  /** Whether a message that is pushed now supersedes none. */
  get hasDataRoom(): boolean {
    return this.#origin.hasDataRoom;
  }

  /** See {@linkcode OriginCore.endData}. */
  endData(now: Millis): void {
    this.#origin.endData(now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.setDataSetup}. */
  setDataSetup(setup: DataSetup, now: Millis): void {
    this.#origin.setDataSetup(setup);
    this.#exchange(now);
  }

  /** Undefined when there is no data. */
  get dataCounts(): DataCounts | undefined {
    return this.#origin.dataCounts;
  }

  /** Like {@linkcode pushEvents}, for one event. */
  pushEvent(event: NewEvent, now: Millis): void {
    this.pushEvents([event], now);
  }

  /** See {@linkcode OriginCore.pushEvents}. */
  pushEvents(events: readonly NewEvent[], now: Millis): void {
    this.#origin.pushEvents(events, now);
    this.#exchange(now);
  }

  /** How many events may be pushed now; further ones would be left out. */
  get eventRoom(): number {
    return this.#origin.eventRoom;
  }

  endEvents(now: Millis): void {
    this.#origin.endEvents(now);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.openChannel}. */
  openChannel(plan: StreamPlan, now: Millis): number {
    const id = this.#origin.openChannel(plan);
    this.#exchange(now);
    return id;
  }

  /** See {@linkcode OriginCore.pushItem}. */
  pushItem(id: number, payload: Uint8Array, now: Millis, options: ItemOptions = {}): void {
    this.#origin.pushItem(id, payload, now, options);
    this.#exchange(now);
  }

  /** What is known of each listener, those who came first at the beginning. */
  listeners(now: Millis): ListenerRow[] {
    return this.#edge.listeners(now);
  }

  /** The host puts a listener out. @param id of its connection, 16 hexadecimal digits. */
  putOut(id: string, reason: string, now: Millis): void {
    this.#origin.putOut(id, RejectCode.forbidden, reason);
    this.#exchange(now);
  }

  /** The host has pressed an event, which is on its way to the timeline. */
  hostReports(event: HostEvent, now: Millis): void {
    this.#origin.reported?.hostReports(event, now);
    this.#exchange(now);
  }

  /** The host took back what was pressed, before it came to the timeline. */
  hostWithdraws(eventId: string, now: Millis): void {
    this.#origin.reported?.hostWithdraws(eventId, now);
    this.#exchange(now);
  }

  /** What reporters say and is not decided yet. */
  get openCandidates(): readonly Candidate[] {
    return this.#origin.reported?.open ?? [];
  }

  /** The host says whether it happened what reporters say. */
  decide(candidateId: string, isConfirmed: boolean, now: Millis): void {
    this.#origin.reported?.decide(candidateId, isConfirmed, now);
    this.#exchange(now);
  }

  /** The id of the accepted event that the host would say a second time; undefined when there is none. */
  acceptedNear(event: Pick<HostEvent, "title" | "origin">, time: Millis): string | undefined {
    return this.#origin.reported?.acceptedNear(event, time);
  }

  /** See {@linkcode OriginCore.setTeams}. */
  setTeams(teams: Match, now: Millis): void {
    this.#origin.setTeams(teams);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.setPaused}. */
  setPaused(id: number, isPaused: boolean, now: Millis): void {
    this.#origin.setPaused(id, isPaused);
    this.#exchange(now);
  }

  /** See {@linkcode OriginCore.endChannel}. */
  endChannel(id: number, now: Millis): void {
    this.#origin.endChannel(id);
    this.#exchange(now);
  }

  /** The id of the channel of sound; undefined when there is none now. */
  get audioId(): number | undefined {
    return this.#origin.idOf("sound");
  }

  /** The id of the channel of the screen; undefined when there is none now. */
  get screenId(): number | undefined {
    return this.#origin.idOf("screen");
  }

  /** Ends the broadcast: from now on goodbyes are sent, and lost packets of the end are sent again. */
  shutdown(reason: string, now: Millis): void {
    this.#origin.shutdown(reason);
    this.#exchange(now);
  }

  pollTransmit(): Transmit | undefined {
    return this.#edge.pollTransmit();
  }

  onSent(transmit: Transmit, accepted: number, refused?: readonly RefusedSend[]): void {
    this.#edge.onSent(transmit, accepted, refused);
  }

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  stats(): ServerStats {
    return this.#edge.stats();
  }

  /** Passes on what origin and edge have for each other, until neither has anything. */
  #exchange(now: Millis): void {
    for (;;) {
      this.#collect();
      const down = this.#origin.takeDown();
      const up = this.#edge.takeUp();
      if (down.length === 0 && up.length === 0) return;
      for (const bytes of down) this.#edge.receiveFromOrigin(bytes, now);
      for (const bytes of up) this.#origin.receiveFromEdge(OWN_EDGE, bytes, now);
    }
  }

  #collect(): void {
    for (;;) {
      const output = this.#edge.pollOutput() ?? this.#origin.pollOutput();
      if (!output) return;
      this.#outputs.push(output);
    }
  }
}
