import { serializeOpusHead } from "../../../shared/media/opus_packet.ts";
import { oggPagesOf } from "../../../tests/server/origin/sound/io/sound_files.ts";

/** A packet of one frame of 20 ms, mono (RFC 6716 section 3.1). */
const FIRST_BYTE = 0xf8;
const SAMPLES = 960;
const PRE_SKIP = 312;
const FRAMES = 500;
const TAGS = "OpusTags\x05\0\0\0bench\0\0\0\0";

/** Ten seconds of packets of this length, 50 a second; the content is no sound. */
export function opusFileOf(packetBytes: number): Uint8Array {
  const packets = [
    serializeOpusHead(1, PRE_SKIP),
    new TextEncoder().encode(TAGS),
    ...Array.from({ length: FRAMES }, (_, index) => packetOf(packetBytes, index)),
  ];
  const pages = packets.flatMap((packet, index) =>
    oggPagesOf(packet, {
      firstSequence: index,
      isFirst: index === 0,
      isLast: index === packets.length - 1,
      granulePosition: Math.max(0, index - 1) * SAMPLES,
    })
  );
  return new Uint8Array(pages.flatMap((page) => [...page]));
}

function packetOf(bytes: number, index: number): Uint8Array {
  const packet = crypto.getRandomValues(new Uint8Array(bytes));
  packet[0] = FIRST_BYTE;
  packet[1] = index;
  return packet;
}
