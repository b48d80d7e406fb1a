import { toSequenceNumber } from "../../shared/core/seq.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import { parseEventCount } from "../../shared/event/event.ts";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";
import { parseRtp, type RtpPacket } from "../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../shared/rtp/rtx.ts";
import type { ListenerSecrecy } from "../joining/secrecy.ts";
import type { RoutedMedia } from "../receiving/routed_media.ts";
import type { Stream } from "../receiving/stream.ts";
import type { MediaRoute } from "../receiving/stream_set.ts";

/** A datagram of media, its header read, which stands in clear. */
export interface ArrivedMedia {
  readonly datagram: Uint8Array;
  readonly packet: RtpPacket;
}

/**
 * Lets in the packet as the host made it, and nobody else: opened, of the type that its stream has, out of
 * what it was sent again in (RFC 4588), and an event with the host's signature and in its own place.
 *
 * @param secrecy absent when the host does not encrypt.
 */
export function admitMedia(
  { stream, way }: MediaRoute,
  { datagram, packet }: ArrivedMedia,
  secrecy: ListenerSecrecy | undefined,
  now: Millis,
): Parsed<RoutedMedia> {
  const numbers = stream.candidatesOf(way, packet.sequenceNumber);
  const opened = secrecy
    ? open(datagram, numbers, secrecy, now)
    : parsed({ clear: packet, number: numbers[0]! });
  if (!opened.ok) return opened;
  const { clear, number } = opened.value;
  if (clear.payloadType !== stream.payloadTypeOf(way)) return junk("wrongPayloadType");
  const original = way === "again" ? unpackRtx(clear, stream.info) : parsed(clear);
  if (!original.ok) return original;
  if (stream.info.channel !== "events") return parsed({ way, media: original.value, number });
  return admitEvent({ way, media: original.value, number }, stream, secrecy);
}

/** @returns the packet, and which of the numbers it was sealed under. */
function open(
  datagram: Uint8Array,
  numbers: readonly ExtendedSequence[],
  secrecy: ListenerSecrecy,
  now: Millis,
): Parsed<{ readonly clear: RtpPacket; readonly number: ExtendedSequence }> {
  let problem: Parsed<never> = junk("unauthentic");
  for (const number of numbers) {
    const opened = secrecy.openMedia(datagram, number, now);
    const clear = opened.ok ? parseRtp(opened.value) : opened;
    if (clear.ok) return parsed({ clear: clear.value, number });
    problem = clear;
  }
  return problem;
}

/**
 * Every listener has the group's key, and so could have sealed an event; only the host can sign it. Since
 * one that was signed could be sealed again under another number, its own count must say the same.
 */
function admitEvent(
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
  return parsed({ way, media: { ...media, payload: event.value }, number, place });
}
