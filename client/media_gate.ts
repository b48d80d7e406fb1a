import type { Millis } from "../shared/core/units.ts";
import { junk, type Parsed, parsed } from "../shared/wire/parsed.ts";
import { parseRtp, type RtpPacket } from "../shared/wire/rtp.ts";
import { unpackRtx } from "../shared/wire/rtx.ts";
import type { ListenerSecrecy } from "./secrecy.ts";
import type { RoutedMedia } from "./stream.ts";
import type { MediaRoute } from "./stream_set.ts";

/** A datagram of media, its header read, which stands in clear. */
export interface ArrivedMedia {
  readonly datagram: Uint8Array;
  readonly packet: RtpPacket;
}

/**
 * Lets in the packet as the host made it, and nobody else: opened, of the type that its stream has, out of
 * what it was sent again in (RFC 4588), and with the host's signature if it is an event.
 *
 * @param secrecy absent when the host does not encrypt.
 */
export function admitMedia(
  { stream, way }: MediaRoute,
  { datagram, packet }: ArrivedMedia,
  secrecy: ListenerSecrecy | undefined,
  now: Millis,
): Parsed<RoutedMedia> {
  const number = packet.sequenceNumber;
  const clear = secrecy?.openMedia(datagram, stream.sequencesOf(way).peek(number), now);
  const opened = clear === undefined ? parsed(packet) : clear.ok ? parseRtp(clear.value) : clear;
  if (!opened.ok) return opened;
  if (opened.value.payloadType !== stream.payloadTypeOf(way)) return junk("wrongPayloadType");
  const original = way === "again" ? unpackRtx(opened.value, stream.info) : opened;
  if (!original.ok) return original;
  const isSigned = secrecy && way !== "parity" && stream.info.channel === "events";
  const media = isSigned ? verify(original.value, secrecy) : original;
  return media.ok ? parsed({ way, media: media.value, number }) : media;
}

/** Every listener has the group's key, and so could have sealed an event; only the host can sign it. */
function verify(packet: RtpPacket, secrecy: ListenerSecrecy): Parsed<RtpPacket> {
  const event = secrecy.verifyEvent(packet.payload);
  return event.ok ? parsed({ ...packet, payload: event.value }) : event;
}
