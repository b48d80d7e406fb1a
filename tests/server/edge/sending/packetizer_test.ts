import assert from "node:assert/strict";
import { Packetizer } from "../../../../server/edge/sending/packetizer.ts";
import { SequenceUnwrapper } from "../../../../shared/core/seq.ts";
import { parseRtp, type RtpPacket } from "../../../../shared/rtp/rtp.ts";

const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5);

function packetizer(sequenceBase: number, timestampBase = 1000): Packetizer {
  const stream = { ssrc: 7, payloadType: 14, clockRate: 90_000, sequenceBase, timestampBase };
  return new Packetizer(stream);
}

function read(datagram: Uint8Array): RtpPacket {
  const packet = parseRtp(datagram);
  assert(packet.ok);
  return packet.value;
}

for (const start of [0, 1, 32_767, 65_534, 65_535]) {
  Deno.test(`numbers grow without a gap from ${start}, over two wraps`, () => {
    const packets = packetizer(start);
    const unwrapper = new SequenceUnwrapper(start);
    for (let index = 0; index < 140_000; index++) {
      assert.equal(packets.nextSequence, start + index);
      const { sequence, datagram } = packets.packetize(PAYLOAD, index);
      assert.equal(sequence, start + index);
      const onWire = datagram[2]! * 256 + datagram[3]!;
      assert.equal(unwrapper.unwrap(onWire), sequence);
    }
    assert.equal(packets.packetCount, 140_000);
    assert.equal(packets.octetCount, 140_000 * PAYLOAD.length);
  });
}

Deno.test("a timestamp wraps at 2^32 and rounds its fraction", () => {
  const packets = packetizer(0, 0xffff_fffe);
  const timestamps = [0, 1.4, 1.6, 2, 0x1_0000_0000].map((ticks) =>
    read(packets.packetize(PAYLOAD, ticks).datagram).timestamp
  );
  assert.deepEqual(timestamps, [0xffff_fffe, 0xffff_ffff, 0, 0, 0xffff_fffe]);
});

Deno.test("a packet carries its stream's identity, the payload as it is, and no marker", () => {
  const packet = read(packetizer(9).packetize(PAYLOAD, 0).datagram);
  assert.equal(packet.ssrc, 7);
  assert.equal(packet.payloadType, 14);
  assert.equal(packet.marker, false);
  assert.deepEqual([...packet.payload], [...PAYLOAD]);
});

Deno.test("a packet may carry a marker", () => {
  assert.equal(read(packetizer(9).packetize(PAYLOAD, 0, { marker: true }).datagram).marker, true);
});

Deno.test("a stream goes on after what an earlier edge sent of it", () => {
  const stream = { ssrc: 7, payloadType: 14, clockRate: 90_000, sequenceBase: 9, timestampBase: 0 };
  const later = new Packetizer(stream, { packetCount: 70_000, octetCount: 350_000 });
  assert.equal(later.packetize(PAYLOAD, 0).sequence, 70_009);
  assert.deepEqual([later.packetCount, later.octetCount], [70_001, 350_005]);
});

Deno.test("a packet has the number of its frame, which wraps at 2^32", () => {
  for (const [frameNumber, wrapped] of [[0, 0], [2 ** 32 - 1, 2 ** 32 - 1], [2 ** 32 + 5, 5]]) {
    const { datagram } = packetizer(9).packetize(PAYLOAD, 0, { frameNumber });
    assert.equal(read(datagram).frameNumber, wrapped);
  }
  assert.equal(read(packetizer(9).packetize(PAYLOAD, 0).datagram).frameNumber, undefined);
});
