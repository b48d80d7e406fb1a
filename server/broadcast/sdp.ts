import type { Address } from "../../shared/driver/socket.ts";
import { type AudioFormat, CODECS } from "../../shared/media/channel.ts";

export interface SessionDescription {
  readonly audio: AudioFormat;
  /** The receiver of the packets: a host or a multicast group. */
  readonly destination: Address;
  /** Decimal digits, unique for this host (RFC 8866 section 5.2). */
  readonly sessionId: number | bigint;
  /** One line; line breaks are replaced. */
  readonly name: string;
}

/** Writes the session description (RFC 8866) with which a plain RTP player opens the sound. */
export function describeSession(session: SessionDescription): string {
  const { audio, destination } = session;
  const { payloadType, clockRate } = CODECS[audio.codec];
  const family = destination.hostname.includes(":") ? "IP6" : "IP4";
  const encoding = audio.codec === "mp3" ? `MPA/${clockRate}` : `opus/${clockRate}/2`;
  const lines = [
    "v=0",
    `o=- ${session.sessionId} 1 IN ${family} ${destination.hostname}`,
    `s=${oneLine(session.name)}`,
    `c=IN ${family} ${connectionAddress(destination.hostname)}`,
    "t=0 0",
    "a=type:broadcast",
    `m=audio ${destination.port} RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${encoding}`,
    ...(audio.codec === "opus" ? [`a=fmtp:${payloadType} ${opusParameters(audio)}`] : []),
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** The channels that the sender is likely to send (RFC 7587 section 6.1). */
function opusParameters({ channelCount }: AudioFormat): string {
  return channelCount === 2 ? "sprop-stereo=1; stereo=1" : "sprop-stereo=0";
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
