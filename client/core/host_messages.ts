import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import { Lane } from "../../shared/lane/lane.ts";
import { LaneCounts } from "../../shared/lane/lane_counts.ts";
import type { LaneMessage } from "../../shared/rtcp/lane_messages.ts";
import type { RtcpMessage } from "../../shared/rtcp/rtcp.ts";
import { Backoff } from "../joining/retries.ts";

/** The first message is asked for as often as the host is asked to let this listener in. */
const WAIT = { first: 60, growth: 1.25, longest: 2000 };

export interface HostMessagesDeps {
  readonly rng: Rng;
  readonly junk: Counters<JunkName>;
}

/**
 * The messages of the host in one session, and those to it. The first of them says what can be played, so it is asked
 * for until it is there; the host repeats the others by itself.
 */
export class HostMessages {
  readonly #lane: Lane;
  readonly #backoff: Backoff;
  /** When the first message is asked for again; Infinity once it is there. */
  #askAt: Millis;

  /** @param junk counts what no host sends. */
  constructor(listenerSsrc: number, { rng, junk }: HostMessagesDeps, now: Millis) {
    const counts = new LaneCounts(junk);
    this.#lane = new Lane({ ssrc: listenerSsrc, listenerSsrc, counts });
    this.#backoff = new Backoff(WAIT, rng);
    this.#askAt = now + this.#backoff.next();
  }

  get deadline(): Millis {
    return Math.min(this.#askAt, this.#lane.deadline ?? Infinity);
  }

  /** Takes the lane's part of a datagram. @returns the messages that are whole now, in order. */
  receive(messages: readonly RtcpMessage[], now: Millis): Uint8Array[] {
    const ofLane = messages.filter(({ type }) => type === "laneData" || type === "laneAck");
    if (ofLane.length === 0) return [];
    const whole = this.#lane.receive(ofLane as LaneMessage[], now);
    if (whole.length > 0) this.#askAt = Infinity;
    return whole;
  }

  /** A message for the host. @returns whether the lane has room for it. */
  send(message: Uint8Array, now: Millis): boolean {
    return this.#lane.send(message, now);
  }

  /** @returns what to send now: the RTCP messages of each datagram. */
  poll(now: Millis): LaneMessage[][] {
    if (now >= this.#askAt) {
      this.#askAt = now + this.#backoff.next();
      this.#lane.request(now);
    }
    return this.#lane.poll(now);
  }
}
