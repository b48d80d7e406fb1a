import { computed, signal } from "@preact/signals";
import type { ChannelName } from "../../../../shared/media/channel.ts";
import type {
  NetworkMoment,
  PacketRecord,
  PathSetting,
  PathSettings,
} from "../../../../shared/page/page_network.ts";
import { Lane, type LanePackets } from "./lane.ts";
import { LostPackets } from "./lost_packets.ts";

/** How the page is connected: "over" after the verdict. */
export type NetworkLink = "connecting" | "live" | "lost" | "over";

/** The state of the page. What draws reads it after each change of `tick`. */
export class NetworkModel {
  readonly channel = signal<ChannelName>("audio");
  readonly link = signal<NetworkLink>("connecting");
  /** The demo's last line. */
  readonly verdict = signal("");
  /** Which path the sliders move. */
  readonly target = signal<number | "all">("all");
  /** Settings that were moved and that the demo has not taken yet. */
  readonly moved = signal<Partial<PathSettings>>({});
  readonly problem = signal("");
  readonly isFrozen = signal(false);
  /** Counts the moments. */
  readonly tick = signal(0);
  readonly lanes = signal<readonly Lane[]>([]);
  readonly lost = new LostPackets();
  #still = new Map<number, LanePackets>();
  #stillLost: ReturnType<LostPackets["newest"]> = [];
  #start: readonly PathSettings[] | undefined;

  /** The settings of the paths that the sliders move; the first one's where they differ. */
  readonly shown = computed((): PathSettings | undefined => {
    this.tick.value;
    const path = this.target.value;
    const lane = this.lanes.value.find(({ number }) => path === "all" || number === path);
    return lane && { ...lane.settings, ...this.moved.value };
  });

  take(moment: NetworkMoment): void {
    if (moment.channel !== this.channel.value) return;
    for (const listener of moment.listeners) {
      this.#laneOf(listener.number, listener.settings).take(listener);
      for (const packet of listener.packets) this.lost.take(listener.number, packet, moment.at);
    }
    this.#start ??= this.lanes.value.map(({ settings }) => settings);
    this.link.value = "live";
    this.tick.value++;
  }

  /** How the paths were set when the page was opened. */
  get start(): PathSettings | undefined {
    return this.#start?.[0];
  }

  lookAt(channel: ChannelName): void {
    this.channel.value = channel;
    this.isFrozen.value = false;
    for (const lane of this.lanes.value) lane.forget();
    this.lost.clear();
    this.tick.value++;
  }

  /** The picture stands still; the ledgers go on. */
  freeze(isFrozen: boolean): void {
    this.#still = new Map(this.lanes.value.map((lane) => [lane.number, lane.still]));
    this.#stillLost = this.lost.newest();
    this.isFrozen.value = isFrozen;
    this.tick.value++;
  }

  packetsOf(lane: Lane): LanePackets {
    return this.isFrozen.value ? this.#still.get(lane.number) ?? lane.live : lane.live;
  }

  lostPackets(): readonly { readonly listener: number; readonly packet: PacketRecord }[] {
    return this.isFrozen.value ? this.#stillLost : this.lost.newest();
  }

  /** Whether the paths that the sliders move have other values of that setting. */
  isMixed(setting: PathSetting): boolean {
    const [first, ...others] = this.lanes.value;
    return this.target.value === "all" && this.moved.value[setting] === undefined &&
      others.some(({ settings }) => settings[setting] !== first!.settings[setting]);
  }

  #laneOf(number: number, settings: PathSettings): Lane {
    const known = this.lanes.value.find((lane) => lane.number === number);
    if (known) return known;
    const lane = new Lane(number, settings);
    this.lanes.value = [...this.lanes.value, lane];
    return lane;
  }
}
