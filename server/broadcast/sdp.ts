import type { Address } from "../../shared/driver/socket.ts";
import { type AudioFormat, CODECS, isScreenCodec } from "../../shared/media/channel.ts";
import { NAL_TYPES, nalTypeOf } from "../../shared/media/video/h264.ts";
import { toBase64 } from "../../shared/text/base64.ts";
import type { ScreenFormat } from "../origin/screen/picture.ts";

export interface SessionDescription {
  /** At least one: the sound, and the screen. */
  readonly media: readonly PlainMedium[];
  /** Decimal digits, unique for this host (RFC 8866 section 5.2). */
  readonly sessionId: number | bigint;
  /** One line; line breaks are replaced. */
  readonly name: string;
}

/** What one port of a player gets. */
export interface PlainMedium {
  readonly format: AudioFormat | ScreenFormat;
  /** The receiver of the packets: a host or a multicast group. */
  readonly destination: Address;
}

/** Writes the session description (RFC 8866) with which a plain RTP player opens sound and screen. */
export function describeSession({ media, sessionId, name }: SessionDescription): string {
  const { hostname } = media[0]!.destination;
  const lines = [
    "v=0",
    `o=- ${sessionId} 1 IN ${familyOf(hostname)} ${hostname}`,
    `s=${oneLine(name)}`,
    connectionLine(hostname),
    "t=0 0",
    "a=type:broadcast",
    ...media.flatMap((medium) => describeMedium(medium, hostname)),
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** @param sessionHost whose address the session has already. */
function describeMedium({ format, destination }: PlainMedium, sessionHost: string): string[] {
  const { hostname, port } = destination;
  const { payloadType } = CODECS[format.codec];
  const parameters = parametersOf(format);
  return [
    `m=${isScreenCodec(format.codec) ? "video" : "audio"} ${port} RTP/AVP ${payloadType}`,
    ...(hostname === sessionHost ? [] : [connectionLine(hostname)]),
    `a=rtpmap:${payloadType} ${encodingOf(format.codec)}`,
    ...(parameters === undefined ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
  ];
}

/** RFC 3555 section 4.1.17, RFC 7587 section 7, RFC 6184 section 8.2.1, RFC 7741 section 6.2.1. */
function encodingOf(codec: AudioFormat["codec"] | ScreenFormat["codec"]): string {
  const { clockRate } = CODECS[codec];
  const names = { mp3: "MPA", opus: "opus", h264: "H264", vp8: "VP8" };
  return `${names[codec]}/${clockRate}${codec === "opus" ? "/2" : ""}`;
}

function parametersOf(format: AudioFormat | ScreenFormat): string | undefined {
  switch (format.codec) {
    case "opus":
      return opusParameters(format);
    case "h264":
      return h264Parameters(format);
  }
}

/** Profile and level are the first bytes of a sequence parameter set (RFC 6184 section 8.1). */
function h264Parameters({ parameterSets = [] }: ScreenFormat): string {
  const profile = parameterSets.find((unit) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters);
  return [
    "packetization-mode=1",
    ...(profile ? [`profile-level-id=${profile.subarray(1, 4).toHex()}`] : []),
    ...(profile ? [`sprop-parameter-sets=${parameterSets.map(toBase64).join(",")}`] : []),
  ].join("; ");
}

/** The channels that the sender is likely to send (RFC 7587 section 6.1). */
function opusParameters({ channelCount }: AudioFormat): string {
  return channelCount === 2 ? "sprop-stereo=1; stereo=1" : "sprop-stereo=0";
}

function connectionLine(hostname: string): string {
  return `c=IN ${familyOf(hostname)} ${connectionAddress(hostname)}`;
}

function familyOf(hostname: string): "IP4" | "IP6" {
  return hostname.includes(":") ? "IP6" : "IP4";
}

/**
 * RFC 8866 section 5.7: an IPv4 group needs a time to live, an IPv6 group must not have one. The system
 * sends to groups with a time to live of 1, which keeps the packets in the local network.
 */
function connectionAddress(hostname: string): string {
  const firstByte = /^(\d{1,3})\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.exec(hostname)?.[1];
  const isGroup = firstByte !== undefined && Number(firstByte) >= 224 && Number(firstByte) < 240;
  return isGroup ? `${hostname}/1` : hostname;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim() || "Streamer";
}
