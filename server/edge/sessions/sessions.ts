import { type Address, addressKey } from "../../../shared/driver/socket.ts";
import { type ClockRate, type Millis, ticksToMillis } from "../../../shared/core/units.ts";
import type { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import type { AcceptInfo } from "../../../shared/admission/admission.ts";
import { type Parsed, parsed } from "../../../shared/core/parsed.ts";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import type { ReceptionReport } from "../../../shared/rtcp/rtcp.ts";
import type { Recipient } from "../sending/outbox.ts";
import type { Pass } from "../../tokens/pass.ts";
import { RateLimit } from "../limits/rate_limit.ts";
import { Unreported } from "./unreported.ts";

/** A listener that is silent for this long is gone, */
export const SILENCE_MILLIS = 20_000;
/** and one that was told to report seldom when it has left out so many. */
const KEEPALIVES_IN_SILENCE = 4;
/** Far more than a listener asks for, and so few that its keys outlast any match. */
const ECHOES_PER_SECOND = 20;
/** Nothing is sent again to a listener sooner than this after the last time. */
const SHORTEST_HOLD_OFF_MILLIS: Millis = 20;
/** What the round trip is taken for at most before it was measured. */
const LONGEST_GUESS_MILLIS: Millis = 100;
/** What jitter adds to a round trip at least. */
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

/** How it was let in; it may be let in again while it is there. */
export interface SessionAdmission {
  /** What it was let in with, where that can end. */
  readonly pass?: Pass;
  /** Of the cookie it showed. */
  readonly cookieIssuedAt: Millis;
  /** How long it holds sound back, if it said so. */
  readonly latencyMillis?: Millis;
  /** By what it is known again when it joins anew; absent when the broadcast is not encrypted. */
  readonly resume?: string;
  /** What it was told, but for its keys. */
  readonly info: AcceptInfo;
  /** What is answered to each copy of its JOIN. */
  readonly accept: Uint8Array;
  /** Absent when the broadcast is not encrypted. */
  readonly control?: ControlChannel;
}

/** One listener that was let in. */
export class Session implements Recipient {
  readonly connectionId: bigint;
  /** Where it is; changes when it has shown that it is elsewhere. */
  address: Address;
  readonly clientId: string;
  readonly listenerSsrc: number;
  readonly name: string | undefined;
  readonly roundTrip = new RoundTrip();
  readonly acceptedAt: Millis;
  /**
   * The round trip as far as the handshake shows it: the JOIN was sent as the cookie arrived, and the
   * first report as the ACCEPT did; both may have been repeated, so it is no longer than that.
   */
  #joinedWithin: Millis;
  /** Whether it has reported since: only then has it surely got the ACCEPT. */
  isIn = false;
  hasLeft = false;
  lastHeard: Millis;
  lastReport: readonly ReceptionReport[] | undefined;
  /** How often it is told back when it told the time: seldom asked by honest ones, and each is sealed. */
  readonly echoes: RateLimit;
  /** Itself, as the list of who gets what is for it alone. */
  readonly alone: readonly [Session];
  #admission: SessionAdmission;
  /** How far apart its reports are to be, once that was not what its ACCEPT said. */
  #pace: Millis | undefined;
  /** How far apart they may be in truth: it may have missed that they are to be closer again. */
  #slowestPace: Millis;
  #control: ControlChannel | undefined;

  constructor(fields: SessionFields, now: Millis) {
    this.connectionId = fields.connectionId;
    this.address = fields.address;
    this.clientId = fields.clientId;
    this.listenerSsrc = fields.listenerSsrc;
    this.name = fields.name;
    this.#admission = fields.admission;
    this.#control = fields.admission.control;
    this.#slowestPace = fields.admission.info.keepaliveMillis;
    this.acceptedAt = now;
    this.#joinedWithin = Math.min(now - fields.admission.cookieIssuedAt, LONGEST_GUESS_MILLIS);
    this.lastHeard = now;
    this.echoes = new RateLimit(ECHOES_PER_SECOND, ECHOES_PER_SECOND, now);
    this.alone = [this];
  }

  /** How it was let in last. */
  get admission(): SessionAdmission {
    return this.#admission;
  }

  /** It joined anew from where it is, having heard nothing for a while. */
  renew(admission: SessionAdmission): void {
    this.#admission = admission;
    this.#slowestPace = Math.max(this.#slowestPace, admission.info.keepaliveMillis);
  }

  /** What it was let in with, where that can end. */
  get pass(): Pass | undefined {
    return this.#admission.pass;
  }

  /** Opens what came from its address. */
  open(datagram: Uint8Array): Parsed<Uint8Array> {
    const { control } = this.#admission;
    const opened = control?.open(datagram) ?? parsed(datagram);
    if (opened.ok) this.#control = control;
    // It may not have got the ACCEPT that made its newest keys good.
    const mayBeOlder = !opened.ok && this.#control !== control;
    return mayBeOlder ? this.#control!.open(datagram) : opened;
  }

  /** Seals what is for it alone, with keys that it surely has. */
  seal(packet: Uint8Array): Uint8Array {
    return this.#control?.seal(packet) ?? packet;
  }

  /** How long it holds sound back, if it said so. */
  get latencyMillis(): Millis | undefined {
    return this.#admission.latencyMillis;
  }

  /** As long as this an answer to an earlier request may be under way. */
  get holdOffMillis(): Millis {
    const { latest, smoothed, variation } = this.roundTrip;
    const roundTrip = latest === undefined ? this.#joinedWithin : smoothed;
    // RFC 6298 begins with a variation of half the round trip, which would cost a try.
    const margin = Math.max(Math.min(2 * variation, roundTrip / 4), LEAST_MARGIN_MILLIS);
    return Math.max(roundTrip + margin, SHORTEST_HOLD_OFF_MILLIS);
  }

  /**
   * From now on it is to report this often; each time that it is told so it is likelier to have heard.
   *
   * @returns what it is to be told; undefined while that is what its ACCEPT said, and always was.
   */
  setPace(keepaliveMillis: Millis): Millis | undefined {
    this.#slowestPace = Math.max(keepaliveMillis, this.#slowestPace / 2);
    if (this.#pace === undefined && keepaliveMillis === this.admission.info.keepaliveMillis) {
      return undefined;
    }
    return this.#pace = keepaliveMillis;
  }

  /** When it is taken for gone if nothing comes. */
  get silentAt(): Millis {
    return this.lastHeard + Math.max(SILENCE_MILLIS, KEEPALIVES_IN_SILENCE * this.#slowestPace);
  }

  onReport(reports: readonly ReceptionReport[], now: Millis): void {
    this.lastReport = reports;
    this.#joinedWithin = Math.min(this.#joinedWithin, now - this.acceptedAt);
    const { lastSenderReport = 0, delaySinceLastSenderReport = 0 } = reports[0] ?? {};
    this.roundTrip.onEcho(lastSenderReport, delaySinceLastSenderReport, now);
  }

  /** How unevenly the packets of a stream came, as it reported last (RFC 3550 section 6.4.1). */
  jitterMillis(ofSsrc: number, clockRate: ClockRate): Millis {
    const report = this.lastReport?.find(({ ssrc }) => ssrc === ofSsrc);
    return ticksToMillis(report?.jitter ?? 0, clockRate);
  }

  /** The connection id as logs and scripts show it. */
  get id(): string {
    return this.connectionId.toString(16).padStart(16, "0");
  }
}

/** Everyone who was let in. */
export class SessionTable {
  readonly #byAddress = new Map<string, Session>();
  readonly #byClient = new Map<string, Session>();
  readonly #bySsrc = new Map<number, Session>();
  /** Those that were let in and have not reported yet. */
  readonly unreported = new Unreported<Session>();
  /** Made when it is asked for: in the moment in which a crowd goes each that goes costs as much as one. */
  #all: readonly Session[] | undefined;
  #joinedCount = 0;

  /** Never changed in place: a list once taken stays as it was. */
  get all(): readonly Session[] {
    return this.#all ??= [...this.#bySsrc.values()];
  }

  get count(): number {
    return this.#bySsrc.size;
  }

  /** How many have reported. */
  get joinedCount(): number {
    return this.#joinedCount;
  }

  at(address: Address): Session | undefined {
    return this.#byAddress.get(addressKey(address));
  }

  ofClient(clientId: string): Session | undefined {
    return this.#byClient.get(clientId);
  }

  /** By the SSRC under which it reports. */
  ofSsrc(listenerSsrc: number): Session | undefined {
    return this.#bySsrc.get(listenerSsrc);
  }

  /** It is found there from now on; whoever was there has to say where it is itself. */
  move(session: Session, to: Address): void {
    this.#leaveAddress(session);
    session.address = { hostname: to.hostname, port: to.port };
    this.#byAddress.set(addressKey(to), session);
  }

  /** If it has not reported yet it has no more time for it than those whose place it took. */
  add(session: Session): void {
    this.#byAddress.set(addressKey(session.address), session);
    this.#byClient.set(session.clientId, session);
    this.#bySsrc.set(session.listenerSsrc, session);
    this.unreported.add(session, session.acceptedAt);
    this.#all = undefined;
  }

  /** @returns whether this is news. */
  markJoined(session: Session): boolean {
    if (session.isIn) return false;
    session.isIn = true;
    this.unreported.delete(session);
    this.#joinedCount++;
    return true;
  }

  remove(session: Session): void {
    if (session.hasLeft) return;
    session.hasLeft = true;
    this.unreported.delete(session);
    this.#leaveAddress(session);
    this.#byClient.delete(session.clientId);
    this.#bySsrc.delete(session.listenerSsrc);
    this.#all = undefined;
    if (session.isIn) this.#joinedCount--;
  }

  /** Forgets everyone, though what is queued for them may still be sent. */
  clear(): void {
    this.#byAddress.clear();
    this.#byClient.clear();
    this.#bySsrc.clear();
    this.unreported.clear();
    this.#all = undefined;
    this.#joinedCount = 0;
  }

  /** Somebody else may be there by now. */
  #leaveAddress(session: Session): void {
    const key = addressKey(session.address);
    if (this.#byAddress.get(key) === session) this.#byAddress.delete(key);
  }

  silentSince(now: Millis): Session[] {
    return this.all.filter(({ silentAt }) => now >= silentAt);
  }
}

/** What a listener calls itself, and whom its token was made for. */
export function namesOf({ name, pass }: Session): { name?: string; tokenName?: string } {
  return { ...(name && { name }), ...(pass && { tokenName: pass.name }) };
}
