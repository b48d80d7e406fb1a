/*
 * Sessions: the admitted listeners, and the keys that they share.
 *
 * In: a session when ../admission/join_handler.ts admits a listener; its reports and new addresses; the end of
 * the session, from ../admission/session_removal.ts.
 * Out: the list of receivers for each packet (`SessionTable.all`), the round trip, jitter and latency of each
 * listener for ../repair, and packets encrypted for all or for one.
 *
 * This file holds `Session` and `SessionTable`. unreported.ts limits listeners that never report; epoch_keys.ts
 * decides when keys change and who is sent them; host_secrecy.ts encrypts.
 *
 * Read next: host_secrecy.ts.
 */

import { type Address, addressKey, Destination } from "../../../shared/driver/socket.ts";
import { type ClockRate, type Millis, ticksToMillis } from "../../../shared/core/units.ts";
import type { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import type { AcceptInfo } from "../../../shared/admission/admission.ts";
import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import { type Parsed, parsed } from "../../../shared/core/parsed.ts";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import type { ReceptionReport } from "../../../shared/rtcp/rtcp.ts";
import type { Recipient } from "../sending/outbox.ts";
import { SlotNumbers } from "../sending/slots.ts";
import type { Pass } from "../../tokens/pass.ts";
import { RateLimit, sourceOf } from "../limits/rate_limit.ts";
import { Unreported } from "./unreported.ts";

/** The session of a listener ends when nothing came from it for this long. */
export const SILENCE_MILLIS = 20_000;
/** A report tells of the path for so long: a listener of a small crowd has sent the next one by then. */
const REPORT_HOLDS_MILLIS: Millis = 8000;
/** With a long report interval, the session ends when this many reports are missing. */
const KEEPALIVES_IN_SILENCE = 4;
/** Far more than a listener needs, and few enough that its keys outlast any match. */
const ECHOES_PER_SECOND = 20;
/** The shortest time between two retransmissions of a packet to one listener. */
const SHORTEST_HOLD_OFF_MILLIS: Millis = 20;
/** The longest round trip that is assumed before it was measured. */
const LONGEST_GUESS_MILLIS: Millis = 100;
/** The least that is added to a round trip for jitter. */
const LEAST_MARGIN_MILLIS: Millis = 4;

export interface SessionFields {
  readonly connectionId: bigint;
  readonly address: Address;
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly listenerSsrc: number;
  readonly name?: string;
  readonly admission: SessionAdmission;
}

/** How a listener was admitted. A new JOIN from its address replaces this. */
export interface SessionAdmission {
  /** The pass of its token, if the token is a signed one. */
  readonly pass?: Pass;
  /** When the cookie of its JOIN was issued, by the origin's clock; and how old it was at the admission. */
  readonly cookieIssuedAt: Millis;
  readonly cookieAge: Millis;
  /** Its playout latency, if it gave one. */
  readonly latencyMillis?: Millis;
  /** Whether that counts from sending, and not from arrival. */
  readonly isLatencyFixed?: boolean;
  /** The secret by which it is recognized when it joins again; absent when the broadcast is not encrypted. */
  readonly resume?: string;
  /** The token of its JOIN, where nothing is encrypted. */
  readonly plainToken?: string;
  /** What its ACCEPT told, except for the keys. */
  readonly info: AcceptInfo;
  /** The ACCEPT, which also answers each copy of its JOIN. */
  readonly accept: Uint8Array;
  /** Absent when the broadcast is not encrypted. */
  readonly control?: ControlChannel;
}

/** One admitted listener. */
export class Session implements Recipient {
  readonly connectionId: bigint;
  /** Changes when the listener has proved that it is at another address. */
  destination: Destination;
  readonly clientId: string;
  readonly listenerSsrc: number;
  readonly name: string | undefined;
  readonly roundTrip = new RoundTrip();
  readonly acceptedAt: Millis;
  /** Its slot in what goes to a crowd; given to it by the table, and never another one. */
  slot = 0;
  /**
   * An upper bound of the round trip, from the handshake: the JOIN was sent when the cookie arrived, and the
   * first report when the ACCEPT did; repeats make the measured time longer, never shorter.
   */
  #joinedWithin: Millis;
  /** Whether it has reported, which proves that it has the ACCEPT. */
  isIn = false;
  hasLeft = false;
  lastHeard: Millis;
  lastReport: readonly ReceptionReport[] | undefined;
  #reportBefore: readonly ReceptionReport[] = [];
  #reportedAt: Millis = -Infinity;
  /** Limits the echoes to this listener, each of which must be sealed. */
  readonly echoes: RateLimit;
  /** A list of this session only: the receivers of what is for it alone. */
  readonly alone: readonly [Session];
  /** The running channels, with the numbers by which it was told of each. */
  #channels: readonly ChannelNumbers[];
  #admission: SessionAdmission;
  /** Its report interval; undefined as long as that is the one of its ACCEPT. */
  #pace: Millis | undefined;
  /** The longest interval that it may still be using, since it may have missed that a shorter one holds. */
  #slowestPace: Millis;
  #control: ControlChannel | undefined;

  constructor(fields: SessionFields, now: Millis) {
    this.connectionId = fields.connectionId;
    this.destination = new Destination(fields.address);
    this.clientId = fields.clientId;
    this.listenerSsrc = fields.listenerSsrc;
    this.name = fields.name;
    this.#admission = fields.admission;
    this.#control = fields.admission.control;
    this.#slowestPace = fields.admission.info.keepaliveMillis;
    this.acceptedAt = now;
    const { cookieAge } = fields.admission;
    this.#joinedWithin = Math.min(Math.max(cookieAge, 0), LONGEST_GUESS_MILLIS);
    this.lastHeard = now;
    this.echoes = new RateLimit(ECHOES_PER_SECOND, ECHOES_PER_SECOND, now);
    this.alone = [this];
    this.#channels = fields.admission.info.channels;
  }

  get address(): Address {
    return this.destination.address;
  }

  /** How it was admitted last. */
  get admission(): SessionAdmission {
    return this.#admission;
  }

  /** Takes the admission of a new JOIN from the same address. */
  renew(admission: SessionAdmission): void {
    this.#admission = admission;
    this.#slowestPace = Math.max(this.#slowestPace, admission.info.keepaliveMillis);
  }

  /** The running channels, with the numbers by which it was told of each: its ledger counts from there. */
  get channels(): readonly ChannelNumbers[] {
    return this.#channels;
  }

  onChannelStarted(numbers: ChannelNumbers): void {
    this.#channels = [...this.#channels, numbers];
  }

  onChannelEnded(ended: number): void {
    this.#channels = this.#channels.filter(({ ssrc }) => ssrc !== ended);
  }

  /** The pass of its token, if the token is a signed one. */
  get pass(): Pass | undefined {
    return this.#admission.pass;
  }

  /** Decrypts a datagram that came in its name. */
  open(datagram: Uint8Array): Parsed<Uint8Array> {
    const { control } = this.#admission;
    const opened = control?.open(datagram) ?? parsed(datagram);
    if (opened.ok) this.#control = control;
    // The listener may not have received the ACCEPT that goes with its newest keys.
    const mayBeOlder = !opened.ok && this.#control !== control;
    return mayBeOlder ? this.#control!.open(datagram) : opened;
  }

  /** Encrypts a packet for this listener alone, with keys that it surely has. */
  seal(packet: Uint8Array): Uint8Array {
    return this.#control?.seal(packet) ?? packet;
  }

  /** How long after a packet's arrival it is played, if the listener gave a latency. */
  get latencyMillis(): Millis | undefined {
    const { latencyMillis, isLatencyFixed } = this.#admission;
    if (!isLatencyFixed || latencyMillis === undefined) return latencyMillis;
    return Math.max(latencyMillis - this.#roundTripMillis / 2, 0);
  }

  get #roundTripMillis(): Millis {
    const { latest, smoothed } = this.roundTrip;
    return latest === undefined ? this.#joinedWithin : smoothed;
  }

  /** The answer to an earlier request may be under way for this long. */
  get holdOffMillis(): Millis {
    const { variation } = this.roundTrip;
    const roundTrip = this.#roundTripMillis;
    // RFC 6298 begins with a variation of half the round trip, which would cost a try.
    const margin = Math.max(Math.min(2 * variation, roundTrip / 4), LEAST_MARGIN_MILLIS);
    return Math.max(roundTrip + margin, SHORTEST_HOLD_OFF_MILLIS);
  }

  /**
   * Sets its report interval. With each message that tells the interval, the listener is more likely to know it.
   *
   * @returns the interval to tell; undefined as long as it has always been the one of its ACCEPT.
   */
  setPace(keepaliveMillis: Millis): Millis | undefined {
    this.#slowestPace = Math.max(keepaliveMillis, this.#slowestPace / 2);
    if (this.#pace === undefined && keepaliveMillis === this.admission.info.keepaliveMillis) {
      return undefined;
    }
    return this.#pace = keepaliveMillis;
  }

  /** When the session ends if nothing more comes from the listener. */
  get silentAt(): Millis {
    return this.lastHeard + Math.max(SILENCE_MILLIS, KEEPALIVES_IN_SILENCE * this.#slowestPace);
  }

  /** @param originNow the origin's clock, which the sender reports told that these reports answer. */
  onReport(reports: readonly ReceptionReport[], originNow: Millis, now: Millis): void {
    this.#reportBefore = this.lastReport ?? [];
    this.lastReport = reports;
    this.#reportedAt = now;
    this.#joinedWithin = Math.min(this.#joinedWithin, now - this.acceptedAt);
    const { lastSenderReport = 0, delaySinceLastSenderReport = 0 } = reports[0] ?? {};
    this.roundTrip.onEcho(lastSenderReport, delaySinceLastSenderReport, originNow);
  }

  /** The interarrival jitter of a stream, as last reported (RFC 3550 section 6.4.1). */
  jitterMillis(ofSsrc: number, clockRate: ClockRate): Millis {
    const report = this.lastReport?.find(({ ssrc }) => ssrc === ofSsrc);
    return ticksToMillis(report?.jitter ?? 0, clockRate);
  }

  /**
   * The share of a stream that the network lost, the larger of the last two reports; undefined when none tells, or
   * none since long: in a crowd that reports seldom, losses may have begun meanwhile.
   */
  lossShare(ofSsrc: number, now: Millis): number | undefined {
    if (now > this.#reportedAt + REPORT_HOLDS_MILLIS) return undefined;
    let most = -1;
    for (const reports of [this.lastReport ?? [], this.#reportBefore]) {
      const report = reports.find(({ ssrc }) => ssrc === ofSsrc);
      most = Math.max(most, report?.fractionLost ?? -1);
    }
    return most < 0 ? undefined : most / 256;
  }

  /** The connection id as logs and scripts show it. */
  get id(): string {
    return this.connectionId.toString(16).padStart(16, "0");
  }
}

/** The sessions of all admitted listeners, found by address, client or SSRC. */
export class SessionTable {
  readonly #byAddress = new Map<string, Session>();
  readonly #byClient = new Map<string, Session>();
  readonly #bySsrc = new Map<number, Session>();
  /** The sessions whose listeners have not reported yet. */
  readonly unreported = new Unreported<Session>();
  /** Made when needed, so that removing many sessions at once does not copy the list each time. */
  #all: readonly Session[] | undefined;
  readonly #slots = new SlotNumbers();
  /** How many sessions have a token, by its id. */
  readonly #seats = new Map<string, number>();
  readonly #endWatchers: ((session: Session) => void)[] = [];
  #joinedCount = 0;
  /** The same by their source, for those that have any. */
  readonly #joinedFrom = new Map<string, number>();

  /** A new list after each change; a list once returned never changes. */
  get all(): readonly Session[] {
    return this.#all ??= [...this.#bySsrc.values()];
  }

  get count(): number {
    return this.#bySsrc.size;
  }

  /** How many listeners have reported. */
  get joinedCount(): number {
    return this.#joinedCount;
  }

  /** How many of those are from the source of this address. */
  joinedFrom(hostname: string): number {
    return this.#joinedFrom.get(sourceOf(hostname)) ?? 0;
  }

  at(address: Address): Session | undefined {
    return this.#byAddress.get(addressKey(address));
  }

  ofClient(clientId: string): Session | undefined {
    return this.#byClient.get(clientId);
  }

  /** The session whose listener reports under this SSRC. */
  ofSsrc(listenerSsrc: number): Session | undefined {
    return this.#bySsrc.get(listenerSsrc);
  }

  /** How many sessions have the token with this id. */
  seatsTaken(passId: string): number {
    return this.#seats.get(passId) ?? 0;
  }

  /** Calls `watcher` with each session that has left, so that nobody looks for those who have. */
  watchEnds(watcher: (session: Session) => void): void {
    this.#endWatchers.push(watcher);
  }

  /** Takes the admission of a new JOIN from the address of a session. */
  renew(session: Session, admission: SessionAdmission): void {
    this.#countSeat(session, -1);
    session.renew(admission);
    this.#countSeat(session, 1);
  }

  /** Changes the address of a session. Another session that had the address loses it. */
  move(session: Session, to: Address): void {
    this.#leaveAddress(session);
    if (session.isIn) this.#countJoined(session, -1);
    session.destination = new Destination(to);
    if (session.isIn) this.#countJoined(session, 1);
    this.#byAddress.set(addressKey(to), session);
  }

  /** If it has not reported yet it has no more time for it than those whose place it took. */
  add(session: Session): void {
    session.slot = this.#slots.take();
    this.#byAddress.set(addressKey(session.address), session);
    this.#byClient.set(session.clientId, session);
    this.#bySsrc.set(session.listenerSsrc, session);
    this.unreported.add(session, session.acceptedAt);
    this.#countSeat(session, 1);
    this.#all = undefined;
  }

  /** Notes that a listener has reported. @returns whether this is its first report. */
  markJoined(session: Session): boolean {
    if (session.isIn) return false;
    session.isIn = true;
    this.unreported.delete(session);
    this.#joinedCount++;
    this.#countJoined(session, 1);
    return true;
  }

  remove(session: Session): void {
    if (session.hasLeft) return;
    session.hasLeft = true;
    this.#slots.giveBack(session.slot);
    this.unreported.delete(session);
    this.#leaveAddress(session);
    this.#byClient.delete(session.clientId);
    this.#bySsrc.delete(session.listenerSsrc);
    this.#all = undefined;
    if (session.isIn) {
      this.#joinedCount--;
      this.#countJoined(session, -1);
    }
    this.#countSeat(session, -1);
    for (const watcher of this.#endWatchers) watcher(session);
  }

  /** Removes all sessions, but does not mark them as left: datagrams queued for them are still sent. */
  clear(): void {
    this.#byAddress.clear();
    this.#byClient.clear();
    this.#bySsrc.clear();
    this.unreported.clear();
    this.#slots.clear();
    this.#seats.clear();
    this.#all = undefined;
    this.#joinedCount = 0;
    this.#joinedFrom.clear();
  }

  #countJoined({ address: { hostname } }: Session, change: number): void {
    const source = sourceOf(hostname);
    const count = this.joinedFrom(hostname) + change;
    if (count > 0) this.#joinedFrom.set(source, count);
    else this.#joinedFrom.delete(source);
  }

  #countSeat({ pass }: Session, change: number): void {
    if (!pass) return;
    const count = this.seatsTaken(pass.id) + change;
    if (count > 0) this.#seats.set(pass.id, count);
    else this.#seats.delete(pass.id);
  }

  /** Frees the address, unless another session has it by now. */
  #leaveAddress(session: Session): void {
    const key = addressKey(session.address);
    if (this.#byAddress.get(key) === session) this.#byAddress.delete(key);
  }

  silentSince(now: Millis): Session[] {
    return this.all.filter(({ silentAt }) => now >= silentAt);
  }
}

/** The name that a listener gave, and the name in its token. */
export function namesOf({ name, pass }: Session): { name?: string; tokenName?: string } {
  return { ...(name && { name }), ...(pass && { tokenName: pass.name }) };
}
