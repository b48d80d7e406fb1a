import assert from "node:assert/strict";
import fc from "fast-check";
import { ParityEncoder } from "../../../../server/edge/repair/parity_encoder.ts";
import { FramesPace } from "../../../../server/edge/repair/packet_pace.ts";
import { Packetizer } from "../../../../server/edge/sending/packetizer.ts";
import { toSequenceNumber } from "../../../../shared/core/seq.ts";
import {
  type Parity,
  parseParity,
  protectedSequences,
  recoverPacket,
} from "../../../../shared/rtp/fec.ts";
import { parseRtp } from "../../../../shared/rtp/rtp.ts";
import { Guest, Stage, START } from "../../kit.ts";
import { pictures, pushPictures, SCREEN } from "../../screens.ts";

const SSRC = 9;

function packetizerAt(sequenceBase: number): Packetizer {
  const numbers = { payloadType: 99, sequenceBase, timestampBase: 5 };
  return new Packetizer({ ssrc: SSRC, clockRate: 90_000, ...numbers });
}

Deno.test("a block that is closed early protects each of its packets, with the overhead of a full one", () => {
  const protections = fc.record({
    columns: fc.integer({ min: 1, max: 16 }),
    rows: fc.integer({ min: 2, max: 10 }),
    hasRowParity: fc.boolean(),
  });
  fc.assert(fc.property(protections, fc.nat(1000), fc.nat(65_535), (protection, count, base) => {
    const encoder = new ParityEncoder(protection, SSRC, { mayClose: true });
    const packetizer = packetizerAt(base);
    const size = protection.columns * protection.rows;
    const inBlock = 1 + count % (size - 1 || 1);
    const sent = new Map<number, Uint8Array>();
    for (let index = 0; index < inBlock; index++) {
      const payload = new Uint8Array(5 + index % 7).fill(index);
      const packet = packetizer.packetize(payload, 3000 * index, { marker: index % 3 === 0 });
      sent.set(packet.sequence, packet.datagram);
      encoder.push(packet);
    }
    if (inBlock === size) return;
    assert.equal(encoder.isOpen, true);
    const closing = encoder.close();
    assert.equal(encoder.isOpen, false);
    assert.deepEqual(encoder.close(), []);
    assert.equal(closing.length, Math.ceil(inBlock / protection.rows));
    const covered = closing.flatMap((parity) => protectedSequences(parity, parity.sequenceBase));
    assert.deepEqual(covered.toSorted((a, b) => a - b), [...sent.keys()]);
    for (const parity of closing) checkRecovery(parity, sent);
  }));
});

function checkRecovery(parity: Parity, sent: ReadonlyMap<number, Uint8Array>): void {
  const sequences = protectedSequences(parity, parity.sequenceBase);
  for (const lost of sequences) {
    const others = sequences.filter((one) => one !== lost).map((one) => sent.get(one)!);
    const recovered = recoverPacket(parity, others, toSequenceNumber(lost));
    assert(recovered.ok);
    assert.deepEqual(recovered.value, sent.get(lost));
  }
}

Deno.test("the pace of frames is that of leaving: a key frame of a hundred packets has one time, but a pace", () => {
  const pace = new FramesPace();
  assert.equal(pace.packetMillis, 0);
  for (let index = 0; index < 100; index++) {
    pace.onPacket({ ticks: 0, readyAt: START }, START + index);
  }
  assert.equal(pace.packetMillis, 1);
  assert.equal(pace.heldMillis, 99);
  // Four seconds on, the key frame has no part in it.
  for (let index = 0; index < 200; index++) {
    const now = START + 5000 + 33 * index;
    pace.onPacket({ ticks: 3000 * index, readyAt: now }, now);
  }
  assert(Math.abs(pace.packetMillis - 33) < 1e-9);
  assert.equal(pace.heldMillis, 0);
});

Deno.test("parity of small frames is sent in time, though no block of theirs is ever full", () => {
  const parity = { columns: 4, rows: 5, hasRowParity: false };
  const stage = new Stage({
    screen: SCREEN,
    hasEvents: false,
    repair: { isRtxOffered: true, parity },
  });
  const guest = new Guest(stage);
  guest.join();
  // A packet for each frame: a full block would take 660 ms.
  pushPictures(stage, pictures(120, { keyBytes: 500, keyInterval: 200, bytes: 300 })).run(3900);
  const sentAt = new Map<number, number>();
  const covered = new Set<number>();
  for (const { datagram, at } of stage.sent) {
    const packet = parseRtp(datagram);
    if (!packet.ok) continue;
    const { payloadType, sequenceNumber } = packet.value;
    if (payloadType === 99) sentAt.set(sequenceNumber, at);
    const read = parseParity(packet.value);
    if (payloadType === 99 || !read.ok) continue;
    for (const sequence of protectedSequences(read.value, read.value.sequenceBase)) {
      const late = at - sentAt.get(toSequenceNumber(sequence))!;
      assert(late <= 110, `parity after ${late} ms`);
      covered.add(toSequenceNumber(sequence));
    }
  }
  assert(sentAt.size >= 115);
  assert(covered.size >= sentAt.size - 5, `${covered.size} of ${sentAt.size}`);
});
