import { toSequenceNumber } from "../../shared/core/seq.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import { parseEventCount } from "../../shared/event/event.ts";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";
import { parseRtcp, type RtcpMessage } from "../../shared/rtcp/rtcp.ts";
import { parseRtp, type RtpPacket } from "../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../shared/rtp/rtx.ts";
import { SIGNATURE_BYTES } from "../../shared/secrecy/ciphers.ts";
import type { ListenerSecrecy } from "../joining/secrecy.ts";
import type { Stream } from "../receiving/stream.ts";
import type { RoutedMedia } from "../receiving/stream_ways.ts";
import type { MediaRoute } from "../receiving/stream_set.ts";

/** An RTP datagram with its header, which is in clear and is parsed only once. */
export interface ArrivedMedia {
  readonly datagram: Uint8Array;
  /** Its payload is still sealed if the host encrypts. */
  readonly packet: RtpPacket;
}

/** RTCP messages that the host sends to one listener, sealed with a key that only the two know. */
const FOR_ONE_LISTENER = new Set<RtcpMessage["type"]>([
  "epochKey",
  "putOut",
  "pathChallenge",
  "referenceTimeEcho",
  "reportPace",
  "pastFragment",
  "laneData",
  "laneAck",
]);

export interface AuthenticControl {
  readonly messages: readonly RtcpMessage[];
  /** How many messages were left out because any listener could have sealed them with the group's key. */
  readonly unauthentic: number;
}

/**
 * Opens and parses an RTCP datagram.
 *
 * @param secrecy absent when the host does not encrypt.
 */
export function authenticateControl(
  datagram: Uint8Array,
  secrecy: ListenerSecrecy | undefined,
  now: Millis,
): Parsed<AuthenticControl> {
  const opened = secrecy?.openControl(datagram, now) ??
    parsed({ packet: datagram, isPrivate: true });
  if (!opened.ok) return opened;
  const messages = parseRtcp(opened.value.packet);
  if (!messages.ok) return messages;
  const { isPrivate } = opened.value;
  const authentic = messages.value.filter(({ type }) => isPrivate || !FOR_ONE_LISTENER.has(type));
  return parsed({ messages: authentic, unauthentic: messages.value.length - authentic.length });
}

/**
 * Opens a packet, checks its payload type, takes the original out of a retransmission (RFC 4588), and
 * verifies an event's signature and its place in the timeline.
 *
 * @param secrecy absent when the host does not encrypt.
 */
export function authenticateMedia(
  { stream, way }: MediaRoute,
  arrived: ArrivedMedia,
  secrecy: ListenerSecrecy | undefined,
  now: Millis,
): Parsed<RoutedMedia> {
  const numbers = stream.ways.candidatesOf(way, arrived.packet.sequenceNumber);
  const opened = secrecy
    ? open(arrived, numbers, secrecy, now)
    : parsed({ clear: arrived.packet, number: numbers[0]! });
  if (!opened.ok) return opened;
  const { clear, number } = opened.value;
  if (clear.payloadType !== stream.ways.payloadTypeOf(way)) return junk("wrongPayloadType");
  const original = way === "retransmission" ? unpackRtx(clear, stream.info) : parsed(clear);
  if (!original.ok) return original;
  const media: RoutedMedia = { way, media: original.value, number };
  return stream.rules.signs === "item" ? authenticateEvent(media, stream, secrecy) : parsed(media);
}

/** @returns the packet in clear, and the number with which it could be opened. */
function open(
  arrived: ArrivedMedia,
  numbers: readonly ExtendedSequence[],
  secrecy: ListenerSecrecy,
  now: Millis,
): Parsed<{ readonly clear: RtpPacket; readonly number: ExtendedSequence }> {
  let problem: Parsed<never> = junk("unauthentic");
  for (const number of numbers) {
    const opened = secrecy.openMedia(arrived.datagram, number, now);
    const clear = opened.ok ? withOpenedPayload(arrived, opened.value) : opened;
    if (clear.ok) return parsed({ clear: clear.value, number });
    problem = clear;
  }
  return problem;
}

/**
 * The header needs no second parsing. Only the length of padding is in the sealed part (RFC 3711
 * section 3.1), so a padded packet is parsed again.
 *
 * @param opened the whole packet in clear.
 */
function withOpenedPayload(
  { datagram, packet }: ArrivedMedia,
  opened: Uint8Array,
): Parsed<RtpPacket> {
  const isPadded = (datagram[0]! & 0x20) !== 0;
  if (isPadded) return parseRtp(opened);
  const headerBytes = datagram.length - packet.payload.length;
  return parsed({ ...packet, payload: opened.subarray(headerBytes) });
}

/**
 * Every listener has the group's key and could seal an event, but only the host can sign one. A signed
 * event could be sealed again under another number, so the count inside it must match that number.
 */
function authenticateEvent(
  { way, media, number }: RoutedMedia,
  { info }: Stream,
  secrecy: ListenerSecrecy | undefined,
): Parsed<RoutedMedia> {
  const event = secrecy?.verifyEvent(media.payload) ?? parsed(media.payload);
  if (!event.ok) return event;
  const count = parseEventCount(event.value);
  if (!count.ok) return count;
  const place: ExtendedSequence = info.sequenceBase + count.value - 1;
  const isSealedThere = !secrecy || way !== "original" || number === place;
  const isThere = isSealedThere && toSequenceNumber(place) === media.sequenceNumber;
  if (!isThere) return junk("misplacedEvent");
  const signature = secrecy && media.payload.subarray(0, SIGNATURE_BYTES);
  const opened = { way, media: { ...media, payload: event.value }, number, place };
  return parsed({ ...opened, ...(signature && { signature }) });
}
