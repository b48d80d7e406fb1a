import { MAX_DATAGRAM_BYTES } from "../core/units.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

export type DatagramKind = "rtp" | "rtcp" | "admission";

/**
 * The type of a datagram, from its first byte (RFC 7983 section 7): 64-79 is admission, 128-191 is RTP
 * or RTCP. For the latter two the second byte decides: 192-223 is RTCP (RFC 5761 section 4).
 */
export function demux(datagram: Uint8Array): Parsed<DatagramKind> {
  const first = datagram[0];
  if (first === undefined) return junk("empty");
  if (datagram.length > MAX_DATAGRAM_BYTES) return junk("oversized");
  if (first >= 64 && first <= 79) return parsed("admission");
  if (first < 128 || first > 191) return junk("unknownFirstByte");
  const second = datagram[1];
  return parsed(second !== undefined && second >= 192 && second <= 223 ? "rtcp" : "rtp");
}
