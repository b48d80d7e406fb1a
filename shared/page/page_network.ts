import * as v from "valibot";
import type { ChannelLedger } from "../ledger/ledger.ts";
import type { ChannelName } from "../media/channel.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";

// What the demo's page of the network and the demo tell each other, as JSON over HTTP: how each path is set, what
// became of each packet, and the ledgers.

/** The packets of a stream that demo and page keep, some seconds; no picture shows more. */
export const KEPT_PACKETS = 256;

/** The largest values that a path can have. */
export const MOST = { loss: 0.9, delayMillis: 1000, duplicate: 0.5, reorder: 0.5 } as const;

/** What a path does to packets. `loss`, `duplicate` and `reorder` are chances for each packet, in [0, 1]. */
export interface PathSettings {
  readonly loss: number;
  readonly delayMillis: Millis;
  readonly duplicate: number;
  readonly reorder: number;
}

export type PathSetting = keyof PathSettings;
export const PATH_SETTINGS: readonly PathSetting[] = [
  "loss",
  "delayMillis",
  "duplicate",
  "reorder",
];

/** Asks for other settings of one path, counted from 1, or of all; what is not given stays. */
export interface PathChange extends Partial<PathSettings> {
  readonly path: number | "all";
}

/** Why settings stay as they are. `code` is for programs, `detail` one line for people. */
export interface PathProblem {
  readonly code: "not-json" | "unknown-path" | "unknown-setting" | "out-of-range" | "nothing-to-do";
  readonly detail: string;
}

/** What happened to one packet of a channel on its way to one listener. Times are of one clock, in Unix ms. */
export interface PacketRecord {
  /** Unwrapped; the packet carries its lowest 16 bits. */
  readonly sequence: number;
  /** When the network was given it. */
  readonly sentAt: Millis;
  /** What the network did to it; absent: no. */
  readonly isDropped?: boolean;
  readonly isDoubled?: boolean;
  readonly isHeldBack?: boolean;
  /** When the listener got the original for the first time. */
  readonly receivedAt?: Millis;
  /** Whether a later packet had come before it. */
  readonly isOvertaken?: boolean;
  /** Copies beyond the first. */
  readonly duplicates?: number;
  /** Whether it came too late to be played. */
  readonly isLate?: boolean;
  /** When the listener first asked for it again, and how often it asked in all. */
  readonly requestedAt?: Millis;
  readonly requests?: number;
  /** When it came again, and how. */
  readonly repairedAt?: Millis;
  readonly repairedBy?: "retransmission" | "parity";
  /** Whether the repair came too late to be played. */
  readonly isRepairLate?: boolean;
  readonly playedAt?: Millis;
  /** Whether a later packet was played without it. */
  readonly isMissed?: boolean;
}

/** What is known of a packet in one word, the worst and the newest first. */
export type PacketState =
  | "on-the-way"
  | "received"
  | "duplicate"
  | "reordered"
  | "late"
  | "lost"
  | "requested"
  | "repaired"
  | "missed";

export function packetState(packet: PacketRecord): PacketState {
  const { receivedAt, repairedAt, isRepairLate, isMissed, isDropped } = packet;
  if (receivedAt !== undefined) return stateOfReceived(packet);
  if (repairedAt !== undefined && !isRepairLate) return "repaired";
  if (isMissed || isRepairLate) return isDropped ? "missed" : "late";
  if (isDropped) return packet.requestedAt === undefined ? "lost" : "requested";
  return "on-the-way";
}

function stateOfReceived({ isLate, isOvertaken, duplicates = 0 }: PacketRecord): PacketState {
  if (isLate) return "late";
  if (isOvertaken) return "reordered";
  return duplicates > 0 ? "duplicate" : "received";
}

/** One listener at one moment. */
export interface ListenerMoment {
  /** 1, 2, 3; the number of its path too. */
  readonly number: number;
  readonly settings: PathSettings;
  /** Of the channel that is looked at; absent until the listener knows it. */
  readonly ledger?: ChannelLedger;
  /** Packets that are new or of which something new is known, oldest first. */
  readonly packets: readonly PacketRecord[];
}

/** What the page is told some times a second. */
export interface NetworkMoment {
  readonly at: Millis;
  readonly channel: ChannelName;
  /** How the demo was started, on each path. */
  readonly start: PathSettings;
  readonly listeners: readonly ListenerMoment[];
}

const channelName = v.picklist(["audio", "events", "screen", "data"]);
const settings = v.object({
  loss: v.number(),
  delayMillis: v.number(),
  duplicate: v.number(),
  reorder: v.number(),
});
const moment = v.object({
  at: v.number(),
  channel: channelName,
  start: settings,
  listeners: v.array(v.looseObject({
    number: v.number(),
    settings,
    packets: v.array(v.looseObject({ sequence: v.number(), sentAt: v.number() })),
  })),
});

/** @returns undefined when there is no such channel. */
export function parseChannelName(text: string | undefined): ChannelName | undefined {
  const result = v.safeParse(channelName, text);
  return result.success ? result.output : undefined;
}

/** Reads what the demo tells; the rest of its form is that of the demo, which is served with the page. */
export function parseMoment(text: string): Parsed<NetworkMoment> {
  try {
    const value: unknown = JSON.parse(text);
    const isMoment = v.safeParse(moment, value).success;
    return isMoment ? parsed(value as NetworkMoment) : junk("malformedPageMessage");
  } catch {
    return junk("malformedPageMessage");
  }
}
