import type { ServerConfig } from "../../server/interface/config.ts";
import type { CoreOutput } from "../../server/interface/output.ts";
import { EdgeCore, type OtherEdges } from "../../server/edge/edge_core.ts";
import type { CheckedMessage } from "../../server/origin/data/message_check.ts";
import type { StreamPlan } from "../../server/origin/numbered_stream.ts";
import { OriginCore, type OriginDeps } from "../../server/origin/origin_core.ts";
import type { EncodedPicture } from "../../server/origin/screen/picture.ts";
import type { NewEvent } from "../../server/origin/timeline/new_event.ts";
import type { Examined } from "../../server/tokens/token_examiner.ts";
import type { EdgeKeys } from "../../server/edge/sessions/host_secrecy.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Transmit } from "../../shared/driver/driver.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";

export interface EdgePlace {
  /** How long the link between the origin and this edge takes, each way. */
  readonly linkMillis: Millis;
  /** How far ahead of the origin's clock its own is. */
  readonly clockAhead: Millis;
}

export interface SplitHostOptions {
  readonly config: ServerConfig;
  readonly edges: readonly EdgePlace[];
  readonly origin: OriginDeps;
  /** What the edges know of others; by default of each other. */
  readonly others?: OtherEdges;
  /** Absent when the broadcast is not encrypted. */
  readonly keys?: EdgeKeys;
  /** Of each edge that begins, in order: two edges never share random numbers. */
  readonly rngs: () => Rng;
  readonly now: Millis;
}

interface Letter {
  readonly at: Millis;
  readonly edge: number;
  readonly direction: "down" | "up";
  readonly bytes: Uint8Array;
}

/**
 * One origin and several edges apart: bytes pass between them over links that take time, and each edge has a
 * clock of its own. To the network it is one host; which edge a listener reaches follows from its address, as
 * behind a load balancer. It stands where a ServerCore does.
 */
export class SplitHost {
  readonly origin: OriginCore;
  readonly edges: EdgeCore[] = [];
  readonly #options: SplitHostOptions;
  readonly #routes = new Map<string, number>();
  readonly #outputs: CoreOutput[] = [];
  readonly #letters: Letter[] = [];
  /** The examinations under way: each edge counts its own. */
  readonly #asked = new Map<number, { readonly edge: number; readonly id: number }>();
  readonly #senders = new WeakMap<Transmit, EdgeCore>();
  #asks = 0;
  /** How long the clock of the origin's machine stood still while it slept. */
  #originBehind: Millis = 0;
  #originSleptSince: Millis | undefined;

  constructor(options: SplitHostOptions) {
    this.#options = options;
    this.origin = new OriginCore(options.config, options.origin);
    this.origin.takeDown();
    options.edges.forEach((_place, edge) => this.startEdge(edge, options.now));
  }

  /** Begins an edge, or begins it anew after a crash: it knows nothing but what the origin tells it. */
  startEdge(edge: number, now: Millis): void {
    const { config, keys, rngs } = this.#options;
    this.origin.removeEdge(edge);
    const { clockAhead } = this.#options.edges[edge]!;
    const others = this.#options.others ?? this.#others(edge);
    const deps = { rng: rngs(), now: now + clockAhead, others, ...(keys && { secrecy: keys }) };
    this.edges[edge] = new EdgeCore(config, deps);
    const unsent = this.#letters.filter((letter) => letter.edge !== edge);
    this.#letters.splice(0, this.#letters.length, ...unsent);
    for (const bytes of this.origin.snapshot(now - this.#originBehind)) {
      this.#post(edge, "down", bytes, now);
    }
    this.#exchange(now);
  }

  /** The machine of the origin sleeps, and its clock stands still; the edges run on. */
  sleepOrigin(now: Millis): void {
    this.#originSleptSince = now;
  }

  wakeOrigin(now: Millis): void {
    this.#originBehind += now - this.#originSleptSince!;
    this.#originSleptSince = undefined;
    this.advance(now);
  }

  /** From now on the listener at this address reaches that edge. */
  route(address: Address, edge: number): void {
    this.#routes.set(addressKey(address), edge);
  }

  edgeOf(address: Address): EdgeCore {
    return this.edges[this.#routeOf(address)]!;
  }

  get secrecy() {
    return this.edges[0]!.secrecy;
  }

  get audioBacklog(): Millis {
    return this.origin.audioBacklog;
  }

  get screenBacklog(): Millis {
    return this.origin.screenBacklog;
  }

  get isAudioAwaited(): boolean {
    return this.origin.isAudioAwaited;
  }

  get startedAt(): Millis | undefined {
    return this.origin.startedAt;
  }

  get timeline() {
    return this.origin.timeline;
  }

  get broadcastId(): string {
    return this.origin.broadcastId;
  }

  get channels() {
    return this.edges[0]!.channels;
  }

  get isFinished(): boolean {
    return this.edges.every(({ isFinished }) => isFinished);
  }

  get deadline(): Millis | undefined {
    if (this.isFinished) return undefined;
    const edges = this.edges.map(({ deadline = Infinity }, edge) => deadline - this.#ahead(edge));
    const origin = this.#originSleptSince === undefined
      ? this.origin.deadline + this.#originBehind
      : Infinity;
    return Math.min(origin, this.#letters[0]?.at ?? Infinity, ...edges);
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    const edge = this.#routeOf(from);
    this.edges[edge]!.receive(datagram, from, now + this.#ahead(edge));
    this.#exchange(now);
  }

  onReceiveError(): void {}

  onExamined(id: number, examined: Examined, now: Millis): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    this.edges[asked.edge]!.onExamined(asked.id, examined, now + this.#ahead(asked.edge));
    this.#exchange(now);
  }

  advance(now: Millis): void {
    if (this.#originSleptSince === undefined) this.origin.advance(now - this.#originBehind);
    this.#deliver(now);
    this.edges.forEach((core, edge) => core.advance(now + this.#ahead(edge)));
    this.#exchange(now);
  }

  pushAudio(frame: EncodedFrame, now: Millis): void {
    this.origin.pushAudio(frame, now - this.#originBehind);
    this.#exchange(now);
  }

  endAudio(now: Millis): void {
    this.origin.endAudio(now - this.#originBehind);
    this.#exchange(now);
  }

  pushPicture(picture: EncodedPicture, now: Millis): void {
    this.origin.pushPicture(picture, now - this.#originBehind);
    this.#exchange(now);
  }

  endScreen(now: Millis): void {
    this.origin.endScreen(now - this.#originBehind);
    this.#exchange(now);
  }

  pushData(message: CheckedMessage, now: Millis): void {
    this.origin.pushData(message, now - this.#originBehind);
    this.#exchange(now);
  }

  endData(now: Millis): void {
    this.origin.endData(now - this.#originBehind);
    this.#exchange(now);
  }

  setDataSetup(setup: DataSetup, now: Millis): void {
    this.origin.setDataSetup(setup);
    this.#exchange(now);
  }

  get hasDataRoom(): boolean {
    return this.origin.hasDataRoom;
  }

  get dataCounts() {
    return this.origin.dataCounts;
  }

  pushEvent(event: NewEvent, now: Millis): void {
    this.origin.pushEvents([event], now - this.#originBehind);
    this.#exchange(now);
  }

  openChannel(plan: StreamPlan, now: Millis): number {
    const id = this.origin.openChannel(plan);
    this.#exchange(now);
    return id;
  }

  pushItem(id: number, payload: Uint8Array, now: Millis): void {
    this.origin.pushItem(id, payload, now);
    this.#exchange(now);
  }

  endChannel(id: number, now: Millis): void {
    this.origin.endChannel(id);
    this.#exchange(now);
  }

  shutdown(reason: string, now: Millis): void {
    this.origin.shutdown(reason);
    this.#exchange(now);
  }

  pollTransmit(): Transmit | undefined {
    for (const edge of this.edges) {
      const transmit = edge.pollTransmit();
      if (!transmit) continue;
      this.#senders.set(transmit, edge);
      return transmit;
    }
  }

  onSent(transmit: Transmit, accepted: number): void {
    this.#senders.get(transmit)!.onSent(transmit, accepted);
  }

  pollOutput(): CoreOutput | undefined {
    return this.#outputs.shift();
  }

  #others(own: number): OtherEdges {
    const rest = () => this.edges.filter((_edge, index) => index !== own);
    return {
      cookieKey: new Uint8Array(32).fill(7),
      listeners: () => rest().reduce((sum, edge) => sum + edge.stats().listeners, 0),
      seatsTaken: () => 0,
    };
  }

  #routeOf(address: Address): number {
    return this.#routes.get(addressKey(address)) ?? 0;
  }

  #ahead(edge: number): Millis {
    return this.#options.edges[edge]!.clockAhead;
  }

  /** Posts what the cores have for each other, and delivers what has arrived. */
  #exchange(now: Millis): void {
    this.#collect();
    for (const bytes of this.origin.takeDown()) {
      this.edges.forEach((_core, edge) => this.#post(edge, "down", bytes, now));
    }
    this.edges.forEach((core, edge) => {
      for (const bytes of core.takeUp()) this.#post(edge, "up", bytes, now);
    });
  }

  #post(edge: number, direction: Letter["direction"], bytes: Uint8Array, now: Millis): void {
    const at = now + this.#options.edges[edge]!.linkMillis;
    this.#letters.push({ at, edge, direction, bytes: bytes.slice() });
    this.#letters.sort((one, other) => one.at - other.at);
  }

  #deliver(now: Millis): void {
    this.#exchange(now);
    while (this.#letters[0] && this.#letters[0].at <= now) {
      const { edge, direction, bytes } = this.#letters.shift()!;
      if (direction === "up") this.origin.receiveFromEdge(edge, bytes, now - this.#originBehind);
      else this.edges[edge]!.receiveFromOrigin(bytes, now + this.#ahead(edge));
      this.#exchange(now);
    }
  }

  #collect(): void {
    const take = () => this.origin.pollOutput();
    for (let output = take(); output; output = take()) this.#outputs.push(output);
    this.edges.forEach((core, edge) => {
      for (let output = core.pollOutput(); output; output = core.pollOutput()) {
        this.#outputs.push(output.kind === "examine-join" ? this.#ask(edge, output) : output);
      }
    });
  }

  #ask(edge: number, output: Extract<CoreOutput, { kind: "examine-join" }>): CoreOutput {
    const id = ++this.#asks;
    this.#asked.set(id, { edge, id: output.id });
    return { ...output, id };
  }
}
