import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import { MAX_NACK_ENTRIES, type Nack } from "../../../shared/rtcp/nack.ts";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { SEQUENCE_STARTS } from "../../loopback/scenario.ts";
import { runs } from "../../runs.ts";

const nack = (sequences: readonly number[]): Nack => ({
  type: "nack",
  ssrc: 0x0102_0304,
  mediaSsrc: 0xffff_fffe,
  sequences,
});

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function roundTrip(sequences: readonly number[]): readonly number[] {
  const read = parseRtcp(serializeRtcp([nack(sequences)]));
  assert.ok(read.ok);
  assert.equal(read.value.length, 1);
  const message = read.value[0] as Nack;
  assert.deepEqual([message.type, message.ssrc, message.mediaSsrc], [
    "nack",
    0x0102_0304,
    0xffff_fffe,
  ]);
  return message.sequences;
}

Deno.test("a NACK is laid out as RFC 4585 draws it: PID, then a bit for each of 16 after it", () => {
  // 205 = 0xcd, format 1, length 3 words after the first; BLP bits 0, 2 and 15.
  assert.equal(
    hex(serializeRtcp([nack([100, 101, 103, 116])])),
    "81cd0003" + "01020304" + "fffffffe" + "0064" + "8005",
  );
  assert.equal(
    hex(serializeRtcp([nack([65_535, 65_536, 65_537 + 16])])),
    "81cd0004" + "01020304" + "fffffffe" + "ffff" + "0001" + "0011" + "0000",
  );
});

for (const start of SEQUENCE_STARTS) {
  Deno.test(`what is asked for is what is read, from ${start} across the wrap`, () => {
    const distances = fc.uniqueArray(fc.nat(800), { minLength: 1, maxLength: MAX_NACK_ENTRIES });
    fc.assert(
      fc.property(distances, (offsets) => {
        const sequences = offsets.toSorted((one, other) => one - other).map((at) => start + at);
        assert.deepEqual(roundTrip(sequences), sequences.map((sequence) => sequence % 65_536));
      }),
      runs(200),
    );
  });
}

Deno.test("a request is never larger than a datagram: the newest are left out", () => {
  const farApart = Array.from({ length: 1000 }, (_, index) => 60_000 + index * 17);
  const asked = roundTrip(farApart);
  assert.equal(asked.length, MAX_NACK_ENTRIES);
  assert.deepEqual(asked, farApart.slice(0, MAX_NACK_ENTRIES).map((at) => at % 65_536));
  assert.ok(serializeRtcp(Array(4).fill(nack(farApart))).length <= MAX_DATAGRAM_BYTES);
  const inARow = Array.from({ length: 5000 }, (_, index) => index);
  assert.equal(roundTrip(inARow).length, MAX_NACK_ENTRIES * 17);
});

Deno.test("a NACK for nothing asks for nothing, and a number given twice is asked for once", () => {
  assert.deepEqual(roundTrip([]), []);
  assert.deepEqual(roundTrip([7, 7, 8, 8]), [7, 8]);
});

Deno.test("it travels with a report, and its padding is not read as an entry", () => {
  const report = { type: "receiverReport", ssrc: 9, reports: [] } as const;
  const both = parseRtcp(serializeRtcp([report, nack([1, 5])]));
  assert.ok(both.ok);
  assert.deepEqual(both.value.map(({ type }) => type), ["receiverReport", "nack"]);
  const padded = Uint8Array.of(
    ...[0xa1, 0xcd, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 0, 4],
  );
  const read = parseRtcp(padded);
  assert.ok(read.ok);
  assert.deepEqual((read.value[0] as Nack).sequences, [9]);
});
