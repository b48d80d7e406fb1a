import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../shared/core/rng.ts";
import { toSequenceNumber } from "../../../shared/core/seq.ts";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import {
  MAX_PROTECTED,
  packParity,
  type Parity,
  type ParityShape,
  ParitySum,
  parseParity,
  protectedSequences,
  recoverPacket,
} from "../../../shared/rtp/fec.ts";
import { parseRtp, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { STARTS } from "../../client/starts.ts";
import { junkDatagrams } from "../../fuzz/junk.ts";
import { runs } from "../../runs.ts";

const MEDIA_SSRC = 0x1111_1111;
const STREAM = { ssrc: 0x3333_3333, payloadType: 120 };
/** What a media packet may carry, so that its parity still fits when it is made secret. */
const MAX_MEDIA_PAYLOAD = 1140;
const TAG_AND_KEY_BYTES = 17;

function media(sequence: number, timestamp: number, payload: readonly number[], marker = false) {
  return serializeRtp({
    payloadType: 14,
    ssrc: MEDIA_SSRC,
    timestamp,
    marker,
    sequenceNumber: toSequenceNumber(sequence),
    payload: Uint8Array.from(payload),
  });
}

function sumOf(datagrams: readonly Uint8Array[]): Uint8Array {
  const sum = new ParitySum();
  for (const datagram of datagrams) sum.add(datagram);
  return sum.bytes;
}

/** Through the wire and back. */
function sent(parity: Parity, sequenceNumber = 7, timestamp = 9): Parity {
  const packet = parseRtp(packParity(parity, STREAM, { sequenceNumber, timestamp }));
  assert.ok(packet.ok);
  const read = parseParity(packet.value);
  assert.ok(read.ok);
  return read.value;
}

// Computed by hand from RFC 8627 sections 4.2.2.2 and 6.2: three packets of one column, L = 5, D = 3.
const FIRST = media(0xfffe, 0x0000_00f0, [0xaa, 0xbb, 0xcc]);
const SECOND = media(0x0003, 0x0000_000f, [0x11]);
const THIRD = media(0x0008, 0x8000_0000, [0xff, 0xff, 0xff, 0xff], true);
const BY_HAND = [
  // RTP: version 2 with one contributing source, type 120, number 7, timestamp 9, SSRCs.
  ...[0x81, 120, 0, 7, 0, 0, 0, 9, 0x33, 0x33, 0x33, 0x33, 0x11, 0x11, 0x11, 0x11],
  // R 0, F 1, P X CC 0; M 0^0^1 with type 14^14^14 = 14; lengths 3^1^4 = 6.
  ...[0x40, 0x8e, 0, 6],
  // Timestamps 0xf0 ^ 0x0f ^ 0x80000000.
  ...[0x80, 0, 0, 0xff],
  // Sequence base, L, D.
  ...[0xff, 0xfe, 5, 3],
  // aa^11^ff, bb^ff, cc^ff, ff.
  ...[0x44, 0x44, 0x33, 0xff],
];

Deno.test("parity is laid out as RFC 8627 draws it, to the byte computed by hand", () => {
  const sum = sumOf([FIRST, SECOND, THIRD]);
  const parity = { mediaSsrc: MEDIA_SSRC, sequenceBase: 0xfffe, columns: 5, rows: 3, sum };
  const datagram = packParity(parity, STREAM, { sequenceNumber: 7, timestamp: 9 });
  assert.deepEqual([...datagram], BY_HAND);
  assert.deepEqual(sent(parity), parity);
  assert.deepEqual(protectedSequences(parity, 0xfffe), [0xfffe, 0x1_0003, 0x1_0008]);
});

Deno.test("each packet of the hand-made column comes back from the other two, across the wrap", () => {
  const all = [FIRST, SECOND, THIRD];
  const packet = parseRtp(Uint8Array.from(BY_HAND));
  assert.ok(packet.ok);
  const parity = parseParity(packet.value);
  assert.ok(parity.ok);
  for (const [index, number] of [0xfffe, 0x0003, 0x0008].entries()) {
    const others = all.filter((_, other) => other !== index);
    const recovered = recoverPacket(parity.value, others, number);
    assert.ok(recovered.ok);
    assert.deepEqual([...recovered.value], [...all[index]!]);
  }
});

Deno.test("a row of L packets is protected when D is 0 or 1, a column of D else", () => {
  assert.deepEqual(protectedSequences({ columns: 4, rows: 0 }, 10), [10, 11, 12, 13]);
  assert.deepEqual(protectedSequences({ columns: 4, rows: 1 }, 10), [10, 11, 12, 13]);
  assert.deepEqual(protectedSequences({ columns: 4, rows: 3 }, 10), [10, 14, 18]);
});

const anyPacket = fc.record({
  timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
  payloadType: fc.nat(127),
  marker: fc.boolean(),
  frameNumber: fc.nat(0xffff_ffff),
  payload: fc.uint8Array({ maxLength: MAX_MEDIA_PAYLOAD }),
}, { requiredKeys: ["timestamp", "payloadType", "marker", "payload"] });

Deno.test("any one of any packets comes back bit for bit, whatever their lengths and number", () => {
  const packets = fc.array(anyPacket, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(packets, fc.nat(), fc.constantFrom(...STARTS), (fields, pick, start) => {
      const datagrams = fields.map((packet, index) =>
        serializeRtp({
          ...packet,
          ssrc: MEDIA_SSRC,
          sequenceNumber: toSequenceNumber(start + index),
        })
      );
      const lost = pick % datagrams.length;
      const shape: ParityShape = { columns: datagrams.length, rows: 0 };
      const parity = { ...shape, mediaSsrc: MEDIA_SSRC, sequenceBase: start };
      const read = sent({ ...parity, sum: sumOf(datagrams) });
      const others = datagrams.filter((_, index) => index !== lost);
      const recovered = recoverPacket(read, others, toSequenceNumber(start + lost));
      assert.ok(recovered.ok);
      assert.deepEqual(recovered.value, datagrams[lost]);
    }),
    runs(300),
  );
});

Deno.test("the parity of the longest media packet fits a datagram even when it is made secret", () => {
  const longest = media(1, 1, new Array(MAX_MEDIA_PAYLOAD).fill(7));
  const parity = { mediaSsrc: MEDIA_SSRC, sequenceBase: 1, columns: 1, rows: 2 };
  const datagram = packParity({ ...parity, sum: sumOf([longest]) }, STREAM, {
    sequenceNumber: 0,
    timestamp: 0,
  });
  assert.ok(datagram.length + TAG_AND_KEY_BYTES <= MAX_DATAGRAM_BYTES, `${datagram.length}`);
});

Deno.test("a packet that never was is not made up: what is left over gives it away", () => {
  fc.assert(
    fc.property(fc.array(anyPacket, { minLength: 3, maxLength: 6 }), (fields) => {
      const datagrams = fields.map((packet, index) =>
        serializeRtp({ ...packet, ssrc: MEDIA_SSRC, sequenceNumber: index })
      );
      const shape = { mediaSsrc: MEDIA_SSRC, sequenceBase: 0, columns: 3, rows: 0 };
      const parity = { ...shape, sum: sumOf(datagrams) };
      // Longer than anything that was protected: such a packet can't have been one of them.
      const stranger = media(9, 9, new Array(MAX_MEDIA_PAYLOAD + 1).fill(1));
      const others = [...datagrams.slice(2), stranger];
      assert.deepEqual(recoverPacket(parity, others, 0), { ok: false, junk: "malformedParity" });
    }),
    runs(100),
  );
});

function readPayload(payload: readonly number[], csrcs: readonly number[] = [MEDIA_SSRC]) {
  return parseParity({
    ...STREAM,
    sequenceNumber: 0,
    timestamp: 0,
    marker: false,
    csrcs,
    payload: Uint8Array.from(payload),
  });
}

Deno.test("what is no parity of our kind is junk", () => {
  const good = [0x40, 14, 0, 6, 0, 0, 0, 0, 0, 1, 2, 3];
  assert.equal(readPayload(good).ok, true);
  const changed = (at: number, value: number) => good.with(at, value);
  const bad: [string, ReturnType<typeof readPayload>][] = [
    ["a retransmission (R = 1)", readPayload(changed(0, 0x80))],
    ["a flexible mask (F = 0)", readPayload(changed(0, 0))],
    ["both", readPayload(changed(0, 0xc0))],
    ["no column", readPayload(changed(10, 0))],
    ["a block too large", readPayload(changed(10, MAX_PROTECTED))],
    ["cut short", readPayload(good.slice(0, 11))],
    ["nothing at all", readPayload([])],
    ["no protected stream", readPayload(good, [])],
    ["two protected streams", readPayload(good, [1, 2])],
  ];
  for (const [name, read] of bad) {
    assert.deepEqual(read, { ok: false, junk: "malformedParity" }, name);
  }
});

Deno.test("no bytes make the parser throw, and what it reads it can use", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), (seed) => {
      const source = junkDatagrams(new SeededRng(seed), [Uint8Array.from(BY_HAND)]);
      for (let index = 0; index < 200; index++) {
        const packet = parseRtp(source.next().value!);
        const parity = packet.ok ? parseParity(packet.value) : packet;
        if (!parity.ok) continue;
        const sequences = protectedSequences(parity.value, 5);
        assert.ok(sequences.length >= 1 && sequences.length <= MAX_PROTECTED);
        const recovered = recoverPacket(parity.value, [FIRST, SECOND], 5);
        if (recovered.ok) assert.ok(recovered.value.length <= MAX_DATAGRAM_BYTES + 300);
      }
    }),
    runs(50),
  );
});
