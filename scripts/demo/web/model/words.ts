import { toSequenceNumber } from "../../../../shared/core/seq.ts";
import type { ExtendedSequence, Millis } from "../../../../shared/core/units.ts";
import type { ChannelName } from "../../../../shared/media/channel.ts";
import {
  type PacketRecord,
  type PacketState,
  packetState,
  type PathSettings,
} from "../../../../shared/page/page_network.ts";

/** What each mark means, in the order of the legend. */
export const STATE_WORDS: Readonly<Record<PacketState, string>> = {
  "on-the-way": "On the way",
  received: "Arrived",
  duplicate: "Arrived twice",
  reordered: "Overtaken",
  late: "Too late",
  lost: "Lost",
  requested: "Requested",
  repaired: "Repaired",
  missed: "Missing",
};

export const STATES = Object.keys(STATE_WORDS) as readonly PacketState[];

export const CHANNEL_WORDS: Readonly<Record<ChannelName, string>> = {
  audio: "Sound",
  events: "Timeline",
  screen: "Screen",
  data: "Data",
};

const DATA_WORDS =
  "Data comes as messages of one or more packets, so no packet is played by itself: a message is shown when all its packets are there. " +
  "A lost packet is requested until its message, or a newer one, was shown.";

/** What is different with the packets of a channel; "" when nothing is. */
export function channelHint(channel: ChannelName): string {
  return channel === "data" ? DATA_WORDS : "";
}

/** The number that the packet carries: 16 bits, as a packet analyser shows it. */
export function packetNumber({ sequence }: PacketRecord): number {
  return toSequenceNumber(sequence as ExtendedSequence);
}

/** `12:03:05.120`, in the time of this browser. */
export function timeWords(at: Millis): string {
  const time = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** What happened to a packet, in one sentence; times are counted from when the network was given it. */
export function packetStory(packet: PacketRecord): string {
  return `Packet ${packetNumber(packet)}: ${partsOf(packet).join(", ")}`;
}

function partsOf(packet: PacketRecord): string[] {
  const { isDropped, receivedAt, sentAt, isHeldBack, isDoubled } = packet;
  if (isDropped) return [`lost on the way at ${timeWords(sentAt)}`, ...repairParts(packet)];
  if (receivedAt === undefined) {
    const delayed = isHeldBack ? ", held back by the network" : "";
    return [`on the way since ${timeWords(sentAt)}${delayed}`, ...repairParts(packet)];
  }
  return [
    `sent at ${timeWords(sentAt)}`,
    `arrived after ${millisSince(packet, receivedAt)}`,
    ...(packet.isOvertaken ? ["after a later packet"] : []),
    ...copiesOf(packet.duplicates, isDoubled),
    ...requestParts(packet),
    ...endParts(packet),
  ];
}

function copiesOf(duplicates = 0, isDoubled = false): string[] {
  if (duplicates === 0) return isDoubled ? ["a copy is on the way"] : [];
  return [duplicates === 1 ? "came twice" : `came ${duplicates + 1} times`];
}

function requestParts(packet: PacketRecord): string[] {
  const { requestedAt, requests = 0 } = packet;
  if (requestedAt === undefined) return [];
  const times = requests > 1 ? ` (${requests} times)` : "";
  return [`requested after ${millisSince(packet, requestedAt)}${times}`];
}

function repairParts(packet: PacketRecord): string[] {
  const { repairedAt, repairedBy, isRepairLate } = packet;
  const parts = requestParts(packet);
  if (repairedAt !== undefined) {
    const how = repairedBy === "parity" ? " from parity" : "";
    const when = millisSince(packet, repairedAt);
    parts.push(
      isRepairLate ? `sent again, but only after ${when}` : `repaired after ${when}${how}`,
    );
  }
  return [...parts, ...endParts(packet)];
}

function endParts({ playedAt, isMissed, isLate, isRepairLate }: PacketRecord): string[] {
  if (isLate || isRepairLate) return ["too late to be played"];
  if (playedAt !== undefined) return ["played in time"];
  return isMissed ? ["never played"] : [];
}

/** What came of a lost packet, for the table. */
export function lostOutcome(packet: PacketRecord): string {
  switch (packetState(packet)) {
    case "repaired":
      return packet.playedAt === undefined ? "Repaired" : "Played in time";
    case "missed":
      return packet.isRepairLate ? "Repair too late" : "Never played";
    case "requested":
      return "Waiting";
    default:
      return "Not noticed yet";
  }
}

/** `84 ms` after the network was given the packet; "–" when it did not happen. */
export function millisSince({ sentAt }: PacketRecord, at: Millis | undefined): string {
  return at === undefined ? "–" : `${Math.max(Math.round(at - sentAt), 0)} ms`;
}

/** `20 %`, `0.5 %`. */
export function percentWords(share: number): string {
  return `${+(share * 100).toFixed(1)} %`;
}

export function pathWords({ loss, delayMillis, duplicate, reorder }: PathSettings): string {
  return [
    `${percentWords(loss)} lost`,
    `${Math.round(delayMillis)} ms`,
    `${percentWords(duplicate)} doubled`,
    `${percentWords(reorder)} reordered`,
  ].join(" · ");
}
