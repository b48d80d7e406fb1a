import type { Millis } from "../../shared/core/units.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { UpMessage } from "../link/up.ts";
import type { Streams } from "./streams.ts";

/** The source of a channel is asked for a key frame at most once in this time, however many edges ask. */
const KEY_FRAME_INTERVAL_MILLIS: Millis = 1000;

/** What an edge tells of all its listeners together. */
export type OfListeners = Exclude<UpMessage, { type: "report" }>;
type LossesUp = Extract<UpMessage, { type: "losses" }>;

/** What is known of the listeners of one edge. */
interface Edge {
  joined: number;
  /** By the channel's id. */
  readonly losses: Map<number, LossesUp>;
}

export interface EdgeReportsOptions {
  readonly streams: Streams;
  readonly say: (output: ServerOutput) => void;
}

/** Adds up what the edges tell of their listeners. */
export class EdgeReports {
  readonly #options: EdgeReportsOptions;
  readonly #edges = new Map<number, Edge>();
  /** When the source of a channel was asked for a key frame, by the channel's id. */
  readonly #askedAt = new Map<number, Millis>();

  constructor(options: EdgeReportsOptions) {
    this.#options = options;
  }

  /** How many listeners have reported, at all edges. */
  get joined(): number {
    return [...this.#edges.values()].reduce((sum, { joined }) => sum + joined, 0);
  }

  onMessage(edge: number, message: OfListeners, now: Millis): void {
    const known = this.#edges.get(edge) ?? { joined: 0, losses: new Map() };
    this.#edges.set(edge, known);
    if (message.type === "listeners") known.joined = message.joined;
    else if (message.type === "losses") this.#onLosses(known, message);
    else this.#onKeyRequest(message.channel, now);
  }

  /** The edge is gone, and its listeners with it. */
  remove(edge: number): void {
    this.#edges.delete(edge);
  }

  /** The channel has ended. */
  forget(channel: number): void {
    this.#askedAt.delete(channel);
    for (const { losses } of this.#edges.values()) losses.delete(channel);
  }

  #onKeyRequest(id: number, now: Millis): void {
    const channel = this.#options.streams.get(id)?.setup.name;
    if (!channel) return;
    if (now - (this.#askedAt.get(id) ?? -Infinity) < KEY_FRAME_INTERVAL_MILLIS) return;
    this.#askedAt.set(id, now);
    this.#options.say({ kind: "key-frame-wanted", channel });
  }

  #onLosses({ losses }: Edge, message: LossesUp): void {
    const channel = this.#options.streams.get(message.channel)?.setup.name;
    if (!channel) return;
    losses.set(message.channel, message);
    const all = [...this.#edges.values()].flatMap((edge) => edge.losses.get(message.channel) ?? []);
    const sum = (what: "listeners" | "lossy") => all.reduce((total, of) => total + of[what], 0);
    this.#options.say({
      kind: "losses",
      channel,
      listeners: sum("listeners"),
      lossy: sum("lossy"),
    });
  }
}
