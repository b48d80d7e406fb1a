import { computed, signal } from "@preact/signals";
import type { ChannelName } from "../../../../shared/media/channel.ts";
import type {
  NetworkMoment,
  PacketRecord,
  PathChange,
  PathSetting,
  PathSettings,
} from "../../../../shared/page/page_network.ts";
import { Lane, type LanePackets } from "./lane.ts";
import { type LostPacket, LostPackets } from "./lost_packets.ts";

const SHOWN_LOST = 12;

/**
 * How the page is connected. lost: the browser tries again. refused: it does not, as after a restart of the demo,
 * which has another key then. over: after the verdict.
 */
export type NetworkLink = "connecting" | "live" | "lost" | "refused" | "over";

/** The state of the page. What draws reads it after each change of `tick`. */
export class NetworkModel {
  readonly channel = signal<ChannelName>("audio");
  readonly link = signal<NetworkLink>("connecting");
  /** The demo's last line. */
  readonly verdict = signal("");
  /** Which path the sliders move. */
  readonly target = signal<number | "all">("all");
  /** What was moved and the demo has not taken yet, oldest first. */
  readonly moved = signal<readonly PathChange[]>([]);
  readonly problem = signal("");
  readonly isFrozen = signal(false);
  /** Counts the moments. */
  readonly tick = signal(0);
  readonly lanes = signal<readonly Lane[]>([]);
  readonly #lost = new LostPackets();
  #still = new Map<number, LanePackets>();
  #stillLost: readonly LostPacket[] = [];
  #start: PathSettings | undefined;

  /** The settings of the paths that the sliders move; the first one's where they differ. */
  readonly shown = computed((): PathSettings | undefined => {
    this.tick.value;
    const path = this.target.value;
    const lane = this.lanes.value.find(({ number }) => path === "all" || number === path);
    return lane && this.#wanted(lane);
  });

  take(moment: NetworkMoment): void {
    if (moment.channel !== this.channel.value) return;
    for (const listener of moment.listeners) {
      this.#laneOf(listener.number, listener.settings).take(listener);
      for (const packet of listener.packets) this.#lost.take(listener.number, packet, moment.at);
    }
    this.#start = moment.start;
    this.link.value = "live";
    this.tick.value++;
  }

  /** How the demo was started. */
  get start(): PathSettings | undefined {
    return this.#start;
  }

  /** Of another channel nothing comes after the end: what is shown stays. */
  lookAt(channel: ChannelName): void {
    if (this.link.peek() === "over") return;
    this.channel.value = channel;
    this.isFrozen.value = false;
    for (const lane of this.lanes.value) lane.forget();
    this.#lost.clear();
    this.tick.value++;
  }

  /** The picture stands still; the ledgers go on. */
  freeze(isFrozen: boolean): void {
    this.#still = new Map(this.lanes.value.map((lane) => [lane.number, lane.still]));
    this.#stillLost = this.#lost.told();
    this.isFrozen.value = isFrozen;
    this.tick.value++;
  }

  packetsOf(lane: Lane): LanePackets {
    return this.isFrozen.value ? this.#still.get(lane.number) ?? lane.live : lane.live;
  }

  /** As many as the table has rows. */
  lostPackets(): readonly LostPacket[] {
    return this.#told().slice(0, SHOWN_LOST);
  }

  lastLossOf(lane: Lane): PacketRecord | undefined {
    return this.#told().find(({ listener }) => listener === lane.number)?.packet;
  }

  #told(): readonly LostPacket[] {
    return this.isFrozen.value ? this.#stillLost : this.#lost.told();
  }

  /** Whether the paths that the sliders move have other values of that setting. */
  isMixed(setting: PathSetting): boolean {
    const [first, ...others] = this.lanes.value;
    return this.target.value === "all" &&
      others.some((lane) => this.#wanted(lane)[setting] !== this.#wanted(first!)[setting]);
  }

  /** How a path is set once the demo has taken what was moved. */
  #wanted({ number, settings }: Lane): PathSettings {
    const changes = this.moved.value.filter(({ path }) => path === "all" || path === number);
    return changes.reduce((before, { path: _, ...after }) => ({ ...before, ...after }), settings);
  }

  #laneOf(number: number, settings: PathSettings): Lane {
    const known = this.lanes.value.find((lane) => lane.number === number);
    if (known) return known;
    const lane = new Lane(number, settings);
    this.lanes.value = [...this.lanes.value, lane];
    return lane;
  }
}
