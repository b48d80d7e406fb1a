import { concat } from "../../../shared/core/bytes.ts";

const MAGIC = 0xa1b2_c3d4;
/** LINKTYPE_IPV4: packets begin with their IP header. */
const LINK_TYPE = 228;
const LONGEST = 65_535;
const IP_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const LOOPBACK = 0x7f00_0001;

/** A capture file of datagrams, as any packet analyser reads it; all from and to one port. */
export function captureOf(datagrams: readonly Uint8Array[], port: number): Uint8Array {
  const header = words(MAGIC, 0x0002_0004, 0, 0, LONGEST, LINK_TYPE);
  return concat(header, ...datagrams.map((datagram) => record(ipPacket(datagram, port))));
}

function record(packet: Uint8Array): Uint8Array {
  return concat(words(0, 0, packet.length, packet.length), packet);
}

/** No options; a checksum of 0 is none. */
function ipPacket(datagram: Uint8Array, port: number): Uint8Array {
  const udpLength = UDP_HEADER_BYTES + datagram.length;
  return concat(
    words(0x4500_0000 + IP_HEADER_BYTES + udpLength, 0, 0x4011_0000, LOOPBACK, LOOPBACK),
    words(port * 0x1_0000 + port, udpLength * 0x1_0000),
    datagram,
  );
}

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return new Uint8Array(view.buffer);
}
