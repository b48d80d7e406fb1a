import type { Rng } from "../shared/core/rng.ts";
import type { Millis } from "../shared/core/units.ts";
import { toNtp } from "../shared/wire/ntp.ts";
import type { ReceptionReport, RtcpMessage } from "../shared/wire/rtcp.ts";

/** Who reports, and how often at least. */
export interface Reporter {
  readonly listenerSsrc: number;
  readonly keepaliveMillis: Millis;
  readonly cname: string;
}

/**
 * When and what a listener reports (RFC 3550 section 6.4.2): at once when let in, then at
 * random between three quarters of the keepalive and all of it, so that many listeners do not
 * report in step. The host scales the keepalive with their number.
 */
export class Reports {
  readonly #reporter: Reporter;
  readonly #rng: Rng;
  #dueAt: Millis;

  constructor(reporter: Reporter, rng: Rng, now: Millis) {
    this.#reporter = reporter;
    this.#rng = rng;
    this.#dueAt = now;
  }

  get deadline(): Millis {
    return this.#dueAt;
  }

  /** @returns one compound when it is due, with our clock in it for the host to echo. */
  poll(read: () => ReceptionReport[], now: Millis): RtcpMessage[] | undefined {
    if (now < this.#dueAt) return undefined;
    const { keepaliveMillis, listenerSsrc } = this.#reporter;
    this.#dueAt = now + keepaliveMillis * (0.75 + 0.25 * this.#rng.float());
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
