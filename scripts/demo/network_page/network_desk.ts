import type { PacketNews } from "../../../client/interface/packet_watch.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { LedgerSnapshot } from "../../../shared/ledger/ledger.ts";
import type { ChannelName } from "../../../shared/media/channel.ts";
import type {
  ListenerMoment,
  NetworkMoment,
  PathSettings,
} from "../../../shared/page/page_network.ts";
import type { PacketFate } from "../../network/netem.ts";
import { NetworkSettings, type SettingsChange } from "./network_settings.ts";
import { ListenerHistory } from "./packet_history.ts";

export interface NetworkDeskOptions {
  readonly start: PathSettings;
  readonly pathCount: number;
  /** Sets a real path, counted from 1. */
  readonly apply: (number: number, settings: PathSettings) => void;
  /** The ledger of a listener, counted from 1; undefined until it has joined. */
  readonly ledger: (number: number) => LedgerSnapshot | undefined;
}

/** How far one reader has read; it begins with nothing. */
export interface ReaderPlace {
  /** By the number of the listener, the stream and the version that were read last. */
  readonly read: Map<number, { readonly ssrc: number; readonly version: number }>;
}

/** What the page of the network shows and moves: the paths, the packets on them and the listeners' ledgers. */
export class NetworkDesk {
  readonly #options: NetworkDeskOptions;
  readonly #settings: NetworkSettings;
  readonly #histories: readonly ListenerHistory[];
  /** How the demo ended, in one line; undefined while it runs. */
  verdict: string | undefined;

  constructor(options: NetworkDeskOptions) {
    const { start, pathCount, apply } = options;
    this.#options = options;
    this.#settings = new NetworkSettings(start, pathCount, apply);
    this.#histories = Array.from({ length: pathCount }, () => new ListenerHistory());
  }

  settingsOf(number: number): PathSettings {
    return this.#settings.of(number);
  }

  change(value: unknown): SettingsChange {
    return this.#settings.change(value);
  }

  onFate(number: number, fate: PacketFate): void {
    this.#histories[number - 1]!.onFate(fate);
  }

  onNews(number: number, news: PacketNews): void {
    this.#histories[number - 1]!.onNews(news);
  }

  /** What this reader has not read yet. A reader that was away is given what is still kept. */
  moment(channel: ChannelName, place: ReaderPlace, at: Millis): NetworkMoment {
    const listeners = this.#histories.map((_, index) => this.#listener(index + 1, channel, place));
    return { at, channel, start: this.#options.start, listeners };
  }

  #listener(number: number, channel: ChannelName, { read }: ReaderPlace): ListenerMoment {
    const settings = this.settingsOf(number);
    const ledgers = this.#options.ledger(number)?.channels ?? [];
    const ledger = ledgers.find((other) => other.channel === channel);
    if (!ledger) return { number, settings, packets: [] };
    const { ssrc } = ledger;
    const before = read.get(number);
    const version = before?.ssrc === ssrc ? before.version : 0;
    const changes = this.#histories[number - 1]!.since(ssrc, version);
    read.set(number, { ssrc, version: changes.version });
    return { number, settings, ledger, packets: changes.packets };
  }
}
