import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import type { ReceptionReport, RtcpMessage } from "../../shared/rtcp/rtcp.ts";

/** The time between reports while no packets come, so that several are tried before a rejoin. */
const URGENT_MILLIS: Millis = 1000;

/** The identity of the reporting listener, and the longest time between its reports. */
export interface ReportIdentity {
  readonly listenerSsrc: number;
  readonly keepaliveMillis: Millis;
  readonly cname: string;
}

/** While packets are missing, reports are this share of the keepalive apart, but at least one second. */
const HASTENED = { share: 0.2, shortestMillis: 1000 };
/** How soon the first sender report is answered. */
const FIRST_ANSWER_MILLIS: Millis = 50;
/** Two or three tries fit a latency of 250 ms; the host echoes twenty reports a second. */
const ASK_EVERY_MILLIS: Millis = 75;
/** A host that has not told its clock by then is asked with the usual reports alone. */
const MAX_ASKED = 10;
/**
 * The time between reports until the first echo from the host. The host ends the session of a listener that
 * has not reported within three seconds; of six reports and their echoes one should arrive. Milliseconds.
 */
const FIRST_REPORTS = { shortest: 250, longest: 500 };
/** A report without an echo after this share of the keepalive is taken as lost. */
const PATIENCE = 0.25;
/** Longer than any round trip. */
const SHORTEST_PATIENCE_MILLIS: Millis = 1000;

/**
 * When and what a listener reports (RFC 3550 section 6.4.2): at once after the ACCEPT, then at random times
 * between 75 and 100 % of the keepalive apart, so that many listeners do not report at the same moment. The
 * host chooses the keepalive by the number of listeners, and sends changes. The host echoes the clock in each
 * report. Without an echo the next report is due sooner, and much sooner before the first echo, because
 * otherwise the host might take a listener on a bad path as gone.
 */
export class ReceiverReports {
  readonly #reporter: ReportIdentity;
  #keepaliveMillis: Millis;
  readonly #rng: Rng;
  #regularAt: Millis;
  /** An earlier time at which a report was requested. */
  #soonerAt: Millis = Infinity;
  /** When the last report is taken as lost; Infinity once its echo came. */
  #lostAt: Millis = Infinity;
  #isUrgent = false;
  #wasEchoed = false;
  #lastAt: Millis = -Infinity;
  #wasHostAnswered = false;
  /** When a report was last brought forward to learn the host's clock. */
  #askedAt: Millis = -Infinity;
  #asked = 0;

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
   * No packets come any more: a report is sent at once and repeated until packets come. A NAT may have
   * changed this listener's address, and the host learns the new address from any packet.
   */
  urge(now: Millis): void {
    this.#isUrgent = true;
    this.#bringForward(now);
  }

  /** Packets come again: reports return to their usual times. */
  calm(): void {
    this.#isUrgent = false;
  }

  /** The first sender report is answered soon, because the host measures the round trip by the answer. */
  onSenderReport(now: Millis): void {
    if (!this.#wasHostAnswered) this.#bringForward(now + FIRST_ANSWER_MILLIS);
    this.#wasHostAnswered = true;
  }

  /** The host sets how far apart reports are, from the next one on. */
  setPace(keepaliveMillis: Millis): void {
    this.#keepaliveMillis = keepaliveMillis;
  }

  /** The host has received a report and echoed its clock. */
  onEcho(): void {
    this.#wasEchoed = true;
    this.#lostAt = Infinity;
  }

  /**
   * Packets come of a channel whose place on the host's clock is not known: a report is due at once, and again
   * until the host's echo brings it, so that the first packet is played at the right time.
   */
  askForClock(now: Millis): void {
    if (this.#asked >= MAX_ASKED || now < this.#askedAt + ASK_EVERY_MILLIS) return;
    this.#asked++;
    this.#askedAt = now;
    this.#bringForward(now);
  }

  /** Packets are missing: a report is due earlier, because it measures the round trip. */
  hasten(now: Millis): void {
    const { share, shortestMillis } = HASTENED;
    const wait = Math.max(share * this.#keepaliveMillis, shortestMillis);
    this.#bringForward(Math.max(now, this.#lastAt + wait));
  }

  /** @returns a compound when it is due, with this listener's clock for the host to echo. */
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
