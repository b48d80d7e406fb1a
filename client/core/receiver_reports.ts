import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import type { ReceptionReport, RtcpMessage } from "../../shared/rtcp/rtcp.ts";

/** Between reports while nothing comes: a second and third try before a rejoin. */
const URGENT_MILLIS: Millis = 1000;

/** Who reports, and how often at least. */
export interface ReportIdentity {
  readonly listenerSsrc: number;
  readonly keepaliveMillis: Millis;
  readonly cname: string;
}

/** While packets are missing reports are no further apart than this share of the keepalive, or a second. */
const HASTENED = { share: 0.2, shortestMillis: 1000 };
const FIRST_ANSWER_MILLIS: Millis = 50;
/**
 * Until the host has once shown that it heard a report they are so far apart: it keeps the place of who has
 * not reported for three seconds, and of six reports and their echoes one comes through.
 */
const FIRST_REPORTS = { shortest: 250, longest: 500 };
/** A report whose echo has not come after this share of the keepalive is taken for lost. */
const PATIENCE = 0.25;
/** Longer than any round trip. */
const SHORTEST_PATIENCE_MILLIS: Millis = 1000;

/**
 * When and what a listener reports (RFC 3550 section 6.4.2): at once when let in, then at
 * random between three quarters of the keepalive and all of it, so that many listeners do not
 * report in step. The host scales the keepalive with their number, and tells when that changes. It echoes
 * the clock in each report; where no echo comes the next report is due sooner, and much sooner before the
 * first one, or else the host might take a quiet listener on a bad path for gone.
 */
export class ReceiverReports {
  readonly #reporter: ReportIdentity;
  #keepaliveMillis: Millis;
  readonly #rng: Rng;
  #regularAt: Millis;
  /** When something has asked for one before that. */
  #soonerAt: Millis = Infinity;
  /** When the last is taken for lost; Infinity once its echo came. */
  #lostAt: Millis = Infinity;
  #isUrgent = false;
  #wasEchoed = false;
  #lastAt: Millis = -Infinity;
  #hasHeardHost = false;

  constructor(reporter: ReportIdentity, rng: Rng, now: Millis) {
    this.#reporter = reporter;
    this.#keepaliveMillis = reporter.keepaliveMillis;
    this.#rng = rng;
    this.#regularAt = now;
  }

  get deadline(): Millis {
    return Math.min(this.#regularAt, this.#soonerAt, this.#lostAt);
  }

  /**
   * Nothing comes any more: a report goes out at once and again until something does, since the host
   * may have lost our address to a NAT and learns the new one from whatever we send.
   */
  urge(now: Millis): void {
    this.#isUrgent = true;
    this.#bringForward(now);
  }

  calm(): void {
    this.#isUrgent = false;
  }

  /** The host measures its round trip by our answer to its report, and had no answer before the first. */
  onSenderReport(now: Millis): void {
    if (!this.#hasHeardHost) this.#bringForward(now + FIRST_ANSWER_MILLIS);
    this.#hasHeardHost = true;
  }

  /** The host says how far apart reports may be, from the next one on. */
  setPace(keepaliveMillis: Millis): void {
    this.#keepaliveMillis = keepaliveMillis;
  }

  /** The host has heard us: the clock of a report came back. */
  onEcho(): void {
    this.#wasEchoed = true;
    this.#lostAt = Infinity;
  }

  /** Packets are missing: a report is due earlier, since the round trip is measured by it. */
  hasten(now: Millis): void {
    const { share, shortestMillis } = HASTENED;
    const wait = Math.max(share * this.#keepaliveMillis, shortestMillis);
    this.#bringForward(Math.max(now, this.#lastAt + wait));
  }

  /** @returns one compound when it is due, with our clock in it for the host to echo. */
  poll(read: () => ReceptionReport[], now: Millis): RtcpMessage[] | undefined {
    if (now < this.deadline) return undefined;
    this.#planNext(now);
    return [
      ...this.#report(read()),
      { type: "referenceTime", ssrc: this.#reporter.listenerSsrc, ntpTime: toNtp(now) },
    ];
  }

  goodbye(reports: readonly ReceptionReport[], reason: string): RtcpMessage[] {
    const { listenerSsrc } = this.#reporter;
    return [...this.#report(reports), { type: "goodbye", ssrcs: [listenerSsrc], reason }];
  }

  #planNext(now: Millis): void {
    const keepaliveMillis = this.#keepaliveMillis;
    const chance = this.#rng.float();
    const share = 0.75 + 0.25 * chance;
    this.#lastAt = now;
    this.#regularAt = now + (this.#isUrgent ? URGENT_MILLIS : keepaliveMillis) * share;
    this.#lostAt = now +
      (this.#wasEchoed
        ? Math.max(keepaliveMillis * PATIENCE, SHORTEST_PATIENCE_MILLIS) * share
        : FIRST_REPORTS.shortest + (FIRST_REPORTS.longest - FIRST_REPORTS.shortest) * chance);
    this.#soonerAt = Infinity;
  }

  #bringForward(at: Millis): void {
    this.#soonerAt = Math.min(this.#soonerAt, at);
  }

  #report(reports: readonly ReceptionReport[]): RtcpMessage[] {
    const { listenerSsrc: ssrc, cname } = this.#reporter;
    return [
      { type: "receiverReport", ssrc, reports },
      { type: "sourceDescription", ssrc, cname },
    ];
  }
}
