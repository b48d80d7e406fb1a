import type { Rng } from "../shared/core/rng.ts";
import type { Millis } from "../shared/core/units.ts";
import { toNtp } from "../shared/wire/ntp.ts";
import type { ReceptionReport, RtcpMessage } from "../shared/wire/rtcp.ts";

/** Between reports while nothing comes: a second and third try before a rejoin. */
const URGENT_MILLIS: Millis = 1000;

/** Who reports, and how often at least. */
export interface Reporter {
  readonly listenerSsrc: number;
  readonly keepaliveMillis: Millis;
  readonly cname: string;
}

/** While packets are missing reports are no further apart than this. */
const HASTENED_MILLIS: Millis = 1000;
const FIRST_ANSWER_MILLIS: Millis = 50;

/**
 * When and what a listener reports (RFC 3550 section 6.4.2): at once when let in, then at
 * random between three quarters of the keepalive and all of it, so that many listeners do not
 * report in step. The host scales the keepalive with their number.
 */
export class Reports {
  readonly #reporter: Reporter;
  readonly #rng: Rng;
  #dueAt: Millis;
  #isUrgent = false;
  #lastAt: Millis = -Infinity;
  #hasHeardHost = false;

  constructor(reporter: Reporter, rng: Rng, now: Millis) {
    this.#reporter = reporter;
    this.#rng = rng;
    this.#dueAt = now;
  }

  get deadline(): Millis {
    return this.#dueAt;
  }

  /**
   * Nothing comes any more: a report goes out at once and again until something does, since the host
   * may have lost our address to a NAT and learns the new one from whatever we send.
   */
  urge(now: Millis): void {
    this.#isUrgent = true;
    this.#dueAt = Math.min(this.#dueAt, now);
  }

  calm(): void {
    this.#isUrgent = false;
  }

  /** The host measures its round trip by our answer to its report, and had no answer before the first. */
  onSenderReport(now: Millis): void {
    if (!this.#hasHeardHost) this.#dueAt = Math.min(this.#dueAt, now + FIRST_ANSWER_MILLIS);
    this.#hasHeardHost = true;
  }

  /** Packets are missing: a report is due earlier, since the round trip is measured by it. */
  hasten(now: Millis): void {
    this.#dueAt = Math.min(this.#dueAt, Math.max(now, this.#lastAt + HASTENED_MILLIS));
  }

  /** @returns one compound when it is due, with our clock in it for the host to echo. */
  poll(read: () => ReceptionReport[], now: Millis): RtcpMessage[] | undefined {
    if (now < this.#dueAt) return undefined;
    const { keepaliveMillis, listenerSsrc } = this.#reporter;
    this.#lastAt = now;
    const interval = this.#isUrgent ? URGENT_MILLIS : keepaliveMillis;
    this.#dueAt = now + interval * (0.75 + 0.25 * this.#rng.float());
    return [
      ...this.#report(read()),
      { type: "referenceTime", ssrc: listenerSsrc, ntpTime: toNtp(now) },
    ];
  }

  goodbye(reports: readonly ReceptionReport[], reason: string): RtcpMessage[] {
    const { listenerSsrc } = this.#reporter;
    return [...this.#report(reports), { type: "goodbye", ssrcs: [listenerSsrc], reason }];
  }

  #report(reports: readonly ReceptionReport[]): RtcpMessage[] {
    const { listenerSsrc: ssrc, cname } = this.#reporter;
    return [
      { type: "receiverReport", ssrc, reports },
      { type: "sourceDescription", ssrc, cname },
    ];
  }
}
