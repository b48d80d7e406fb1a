import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ChannelNumbers,
  MAX_CHANNEL_BYTES,
  parseChannelNumbers,
  serializeChannelNumbers,
} from "../../../shared/admission/channel_numbers.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import { runs } from "../../runs.ts";
import { LONGEST_CHANNEL, SHORTEST_CHANNEL } from "./accept_bodies.ts";

const MALFORMED = { ok: false, junk: "malformedAdmission" };

const side = fc.record({
  ssrc: fc.nat(0xffff_ffff),
  payloadType: fc.nat(127),
  nextSequence: fc.nat(2 ** 31 - 1).map((low) => 2 ** 48 - 1 - low),
}, { noNullPrototype: true });
/** Any that a host may have: of three streams, no two share an SSRC. */
const anyNumbers: fc.Arbitrary<ChannelNumbers> = fc.record({
  kind: fc.constantFrom("paced", "ordered"),
  ssrc: fc.nat(0xffff_ffff),
  payloadType: fc.nat(127),
  clockRate: fc.integer({ min: 1, max: 1_000_000 }),
  sequenceBase: fc.nat(0xffff),
  nextSequence: fc.integer({ min: 0xffff, max: 2 ** 48 - 1 }),
  timestampBase: fc.maxSafeNat(),
  aheadMillis: fc.nat(60_000),
  rtx: side,
  fec: side,
}, {
  noNullPrototype: true,
  requiredKeys: [
    ...["kind", "ssrc", "payloadType", "clockRate", "sequenceBase", "nextSequence"] as const,
    ...["timestampBase", "aheadMillis"] as const,
  ],
}).filter(areDistinctIn);

function areDistinctIn({ ssrc, rtx, fec }: ChannelNumbers): boolean {
  return rtx?.ssrc !== ssrc && fec?.ssrc !== ssrc && (rtx === undefined || rtx.ssrc !== fec?.ssrc);
}

Deno.test("the numbers of a channel stand on the wire as the README says", () => {
  const numbers: ChannelNumbers = {
    kind: "ordered",
    ssrc: 0x01020304,
    payloadType: 98,
    clockRate: 1000,
    sequenceBase: 0x5566,
    nextSequence: 0x8000_0000_0007,
    timestampBase: 0xffff_ffff,
    aheadMillis: 500,
    rtx: { ssrc: 0x0a0b0c0d, payloadType: 111, nextSequence: 9 },
  };
  assert.deepEqual([...serializeChannelNumbers(numbers)], [
    ...[2, 1, 98, 1, 2, 3, 4, 0, 0, 0x03, 0xe8, 0x01, 0xf4],
    ...[0, 0, 0, 0, 0, 0x55, 0x66],
    ...[0, 0x80, 0, 0, 0, 0, 7],
    ...[0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ...[0x0a, 0x0b, 0x0c, 0x0d, 111, 0, 0, 0, 0, 0, 0, 9],
  ]);
});

Deno.test("all numbers are read as written, in at most 64 bytes", () => {
  for (const numbers of [LONGEST_CHANNEL, SHORTEST_CHANNEL]) {
    const bytes = serializeChannelNumbers(numbers);
    assert.ok(bytes.length <= MAX_CHANNEL_BYTES, `${bytes.length} bytes`);
    assert.deepEqual(parseChannelNumbers(bytes), { ok: true, value: numbers });
  }
  fc.assert(
    fc.property(anyNumbers, (numbers) => {
      const bytes = serializeChannelNumbers(numbers);
      assert.ok(bytes.length <= MAX_CHANNEL_BYTES);
      assert.deepEqual(parseChannelNumbers(bytes), { ok: true, value: numbers });
    }),
    runs(500),
  );
});

Deno.test("a parity stream without retransmissions is read as one", () => {
  const { rtx: _rtx, ...numbers } = LONGEST_CHANNEL;
  assert.deepEqual(parseChannelNumbers(serializeChannelNumbers(numbers)), {
    ok: true,
    value: numbers,
  });
});

Deno.test("numbers out of range are not written", () => {
  const side = LONGEST_CHANNEL.rtx!;
  const changes: Partial<ChannelNumbers>[] = [
    ...[{ ssrc: -1 }, { ssrc: 2 ** 32 }, { payloadType: 128 }, { clockRate: 0 }],
    ...[{ clockRate: 1_000_001 }, { aheadMillis: 60_001 }, { aheadMillis: 0.5 }],
    ...[{ nextSequence: 2 ** 48 }, { sequenceBase: -1 }, { timestampBase: 2 ** 53 }],
    { sequenceBase: 8, nextSequence: 7 },
    ...[{ rtx: { ...side, payloadType: 128 } }, { fec: { ...side, nextSequence: 2 ** 48 } }],
    ...[{ fec: { ...side, ssrc: NaN } }, { fec: side }, {
      rtx: { ...side, ssrc: LONGEST_CHANNEL.ssrc },
    }],
  ];
  for (const change of changes) {
    const numbers = { ...LONGEST_CHANNEL, ...change };
    assert.throws(() => serializeChannelNumbers(numbers), RangeError, JSON.stringify(change));
  }
});

Deno.test("numbers out of range are not read", () => {
  const whole = serializeChannelNumbers(LONGEST_CHANNEL);
  const changes: [offset: number, bytes: number[]][] = [
    [0, [0]],
    [2, [128]],
    [7, [0, 0, 0, 0]],
    [7, [0, 15, 66, 65]],
    [11, [0xea, 0x61]],
    [13, [0x1f, 255, 255, 255, 255, 255, 255, 0x1f, 255, 255, 255, 255, 255, 254]],
    [20, [0x20, 0, 0, 0, 0, 0, 0]],
    [27, [0x20, 0, 0, 0, 0, 0, 0]],
    [38, [128]],
    [39, [255, 0, 0, 0, 0, 0, 0]],
    [50, [128]],
    [51, [0x20]],
    ...[20, 39, 51].map((at): [number, number[]] => [at, [1]]),
    ...[34, 46].map((at): [number, number[]] => [at, [255, 255, 255, 255]]),
    [46, [255, 255, 255, 254]],
  ];
  for (const [offset, change] of changes) {
    const bytes = whole.slice();
    bytes.set(change, offset);
    assert.deepEqual(parseChannelNumbers(bytes), MALFORMED, `${change} at ${offset}`);
  }
});

Deno.test("numbers cut short are not read, and bytes after them are passed over", () => {
  const whole = serializeChannelNumbers(LONGEST_CHANNEL);
  for (let length = 0; length < whole.length; length++) {
    assert.deepEqual(parseChannelNumbers(whole.subarray(0, length)), MALFORMED, `${length} bytes`);
  }
  const later = Uint8Array.of(...whole, 1, 2, 3);
  assert.deepEqual(parseChannelNumbers(later), { ok: true, value: LONGEST_CHANNEL });
  assert.deepEqual(parseChannelNumbers(new Uint8Array(65).fill(1)), MALFORMED);
});

Deno.test("a channel of an unknown kind is passed over, whatever its bytes", () => {
  const next = Math.max(...Object.values(CHANNEL_KINDS).map(({ code }) => code)) + 1;
  for (const bytes of [[next], [next + 1], [next + 2], [255, 1, 2, 3]]) {
    const read = parseChannelNumbers(Uint8Array.from(bytes));
    assert.deepEqual(read, { ok: true, value: undefined });
  }
});

Deno.test("no bytes make the parser throw, and what it reads can be written", () => {
  const whole = serializeChannelNumbers(LONGEST_CHANNEL);
  const changed = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
    .map((changes) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 70 }), changed), (bytes) => {
      const read = parseChannelNumbers(bytes);
      if (!read.ok) return assert.deepEqual(read, MALFORMED);
      if (read.value === undefined) return assert.ok(bytes[0]! > 2);
      const again = parseChannelNumbers(serializeChannelNumbers(read.value));
      assert.deepEqual(again, read);
    }),
    runs(2000),
  );
});
