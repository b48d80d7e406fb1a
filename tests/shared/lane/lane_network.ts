import { SeededRng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import type { LaneMessage } from "../../../shared/rtcp/lane_messages.ts";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { SRTCP_OVERHEAD_BYTES } from "../../../shared/secrecy/srtcp.ts";

export const HOST_SSRC = 0xfeed_beef;
export const LISTENER_SSRC = 0x0102_0304;

export interface NetworkOptions {
  readonly seed: number;
  /** The share of datagrams that are lost and doubled. */
  readonly loss?: number;
  readonly doubling?: number;
  /** Between these, chosen for each datagram, so that datagrams overtake each other. */
  readonly delay?: readonly [least: Millis, most: Millis];
  /** While every datagram is lost. */
  readonly standstill?: readonly [from: Millis, to: Millis];
  /** The number of both ends' first fragments. */
  readonly start?: number;
}

interface Datagram {
  readonly at: Millis;
  readonly to: LaneEnd;
  readonly bytes: Uint8Array;
}

/** One end: a lane, what it received, and how much it kept and sent. */
export class LaneEnd {
  readonly lane: Lane;
  readonly received: Uint8Array[] = [];
  sentDatagrams = 0;
  mostQueued = 0;
  mostHeld = 0;

  constructor(ssrc: number, start: number | undefined) {
    this.lane = new Lane({ ssrc, listenerSsrc: LISTENER_SSRC, start });
  }

  measure(): void {
    const { queued, held } = this.lane.bytes;
    this.mostQueued = Math.max(this.mostQueued, queued);
    this.mostHeld = Math.max(this.mostHeld, held);
  }
}

/** Two lanes with a network between them that loses, doubles and reorders, in virtual time. */
export class LaneNetwork {
  now: Millis = 0;
  readonly host: LaneEnd;
  readonly listener: LaneEnd;
  readonly #rng: SeededRng;
  readonly #options: NetworkOptions;
  #underWay: Datagram[] = [];

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#rng = new SeededRng(options.seed);
    this.host = new LaneEnd(HOST_SSRC, options.start);
    this.listener = new LaneEnd(LISTENER_SSRC, options.start);
  }

  get ends(): readonly [LaneEnd, LaneEnd] {
    return [this.host, this.listener];
  }

  /** Lets time pass until both ends have nothing to wait for, or until `end`. */
  run(end: Millis): void {
    for (const one of this.ends) this.#poll(one);
    for (;;) {
      const next = this.#nextTime();
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.#deliver();
      for (const one of this.ends) {
        if ((one.lane.deadline ?? Infinity) <= this.now) this.#poll(one);
      }
    }
    if (end < Infinity) this.now = Math.max(this.now, end);
  }

  #nextTime(): Millis | undefined {
    const deadlines = this.ends.map(({ lane }) => lane.deadline ?? Infinity);
    const next = Math.min(...deadlines, ...this.#underWay.map(({ at }) => at as number));
    return next === Infinity ? undefined : next;
  }

  #deliver(): void {
    const due = this.#underWay.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at);
    this.#underWay = this.#underWay.filter(({ at }) => at > this.now);
    for (const { to, bytes } of due) {
      const messages = parseRtcp(bytes);
      if (!messages.ok) throw new Error("A lane's datagram can't be read");
      to.received.push(...to.lane.receive(messages.value as LaneMessage[], this.now));
      to.measure();
      this.#poll(to);
    }
  }

  #poll(from: LaneEnd): void {
    const to = from === this.host ? this.listener : this.host;
    for (const messages of from.lane.poll(this.now)) {
      const bytes = serializeRtcp(messages);
      if (bytes.length + SRTCP_OVERHEAD_BYTES > MAX_DATAGRAM_BYTES) throw new Error("too long");
      from.sentDatagrams++;
      this.#send(to, bytes);
    }
    from.measure();
  }

  #send(to: LaneEnd, bytes: Uint8Array): void {
    const { loss = 0, doubling = 0, delay = [20, 20], standstill } = this.#options;
    const stands = standstill && this.now >= standstill[0] && this.now < standstill[1];
    const copies = this.#rng.float() < doubling ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (stands || this.#rng.float() < loss) continue;
      const after = delay[0] + this.#rng.float() * (delay[1] - delay[0]);
      this.#underWay.push({ at: this.now + after, to, bytes });
    }
  }
}
