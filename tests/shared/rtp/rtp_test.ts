import assert from "node:assert/strict";
import fc from "fast-check";
import { FRAME_NUMBER_BYTES } from "../../../shared/rtp/frame_number.ts";
import { parseRtp, type RtpPacket, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { runs } from "../../runs.ts";

/** RFC 3550 section 5.1: V=2, PT 14, sequence 0x1234, timestamp 0x89abcdef, SSRC 0xdeadbeef. */
const HEADER = [0x80, 14, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xde, 0xad, 0xbe, 0xef];
const FIELDS = {
  payloadType: 14,
  sequenceNumber: 0x1234,
  timestamp: 0x89ab_cdef,
  ssrc: 0xdead_beef,
  marker: false,
};

function parse(...bytes: number[]): RtpPacket {
  const result = parseRtp(Uint8Array.from(bytes));
  assert.ok(result.ok);
  return result.value;
}
const payloadOf = (...bytes: number[]) => [...parse(...bytes).payload];
const withFirst = (first: number) => [first, ...HEADER.slice(1)];

function assertJunk(bytes: number[], why: string): void {
  assert.deepEqual(parseRtp(Uint8Array.from(bytes)), { ok: false, junk: "malformedRtp" }, why);
}

Deno.test("the header is laid out as the RFC draws it", () => {
  const bytes = serializeRtp({ ...FIELDS, payload: Uint8Array.of(1, 2, 3) });
  assert.deepEqual([...bytes], [...HEADER, 1, 2, 3]);
  const { payload, ...fields } = parse(...HEADER, 1, 2, 3);
  assert.deepEqual(fields, FIELDS);
  assert.deepEqual([...payload], [1, 2, 3]);
});

Deno.test("the marker is the first bit of the second byte", () => {
  const bytes = serializeRtp({ ...FIELDS, marker: true, payload: new Uint8Array(0) });
  assert.equal(bytes[1], 0x80 | 14);
  assert.ok(parse(...bytes).marker);
  assert.equal(parse(...bytes).payloadType, 14);
});

Deno.test("whatever the numbers, what is written is read", () => {
  const packet = fc.record({
    payloadType: fc.nat(127),
    sequenceNumber: fc.nat(0xffff),
    timestamp: fc.nat(0xffff_ffff),
    ssrc: fc.nat(0xffff_ffff),
    marker: fc.boolean(),
    frameNumber: fc.nat(0xffff_ffff),
    csrcs: fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 15 }),
    payload: fc.uint8Array({ maxLength: 1188 }),
  }, {
    noNullPrototype: true,
    requiredKeys: ["payloadType", "sequenceNumber", "timestamp", "ssrc", "marker", "payload"],
  });
  fc.assert(
    fc.property(packet, (fields) => {
      const bytes = serializeRtp(fields);
      const extensionBytes = fields.frameNumber === undefined ? 0 : FRAME_NUMBER_BYTES;
      const csrcBytes = (fields.csrcs?.length ?? 0) * 4;
      assert.equal(bytes.length, 12 + csrcBytes + extensionBytes + fields.payload.length);
      assert.deepEqual(parseRtp(bytes), { ok: true, value: fields });
    }),
    runs(300),
  );
});

Deno.test("a payload that is a view of a larger buffer is written and read as the view alone", () => {
  const large = Uint8Array.from({ length: 40 }, (_, index) => index);
  const bytes = serializeRtp({ ...FIELDS, payload: large.subarray(10, 13) });
  assert.deepEqual([...bytes.slice(12)], [10, 11, 12]);
  const buffer = new Uint8Array(2048).fill(0xee);
  buffer.set(bytes, 5);
  const result = parseRtp(buffer.subarray(5, 5 + bytes.length));
  assert.ok(result.ok);
  assert.deepEqual([...result.value.payload], [10, 11, 12]);
  assert.equal(result.value.payload.buffer, buffer.buffer);
});

Deno.test("CSRCs are passed over", () => {
  assert.deepEqual(payloadOf(...withFirst(0x82), 1, 1, 1, 1, 2, 2, 2, 2, 9), [9]);
  const most = [...withFirst(0x8f), ...new Array<number>(60).fill(7), 9];
  assert.deepEqual(payloadOf(...most), [9]);
});

Deno.test("a header extension is passed over, of any kind and of length 0", () => {
  const withExtension = withFirst(0x90);
  assert.deepEqual(payloadOf(...withExtension, 0, 1, 0, 0, 9), [9]);
  assert.deepEqual(payloadOf(...withExtension, 0xab, 0xcd, 0, 1, 1, 2, 3, 4, 9), [9]);
  // RFC 8285's one-byte and two-byte elements.
  assert.deepEqual(payloadOf(...withExtension, 0xbe, 0xde, 0, 1, 0x10, 5, 0, 0, 9), [9]);
  assert.deepEqual(payloadOf(...withExtension, 0x10, 0, 0, 1, 1, 1, 5, 0, 9), [9]);
});

/** RFC 8285 section 4.2: 0xBEDE, the length in words, the element's id and length less one. */
const FRAME_5 = [0xbe, 0xde, 0, 2, 0x13, 0, 0, 0, 5, 0, 0, 0];

Deno.test("a frame's number is a one-byte header extension with id 1, laid out as the RFC draws it", () => {
  const packet = { ...FIELDS, frameNumber: 5, payload: Uint8Array.of(9) };
  assert.deepEqual([...serializeRtp(packet)], [...withFirst(0x90), ...FRAME_5, 9]);
  assert.deepEqual(parse(...withFirst(0x90), ...FRAME_5, 9), packet);
});

Deno.test("a frame's number is found behind other elements and padding, and not past the id 15", () => {
  const numberOf = (...extension: number[]) =>
    parse(...withFirst(0x90), 0xbe, 0xde, 0, extension.length / 4, ...extension, 9).frameNumber;
  const number = [0x13, 0xff, 0xff, 0xff, 0xfe];
  assert.equal(numberOf(...number, 0, 0, 0), 0xffff_fffe);
  assert.equal(numberOf(0x20, 7, 0, ...number), 0xffff_fffe);
  assert.equal(numberOf(0, 0, 0, ...number), 0xffff_fffe);
  assert.equal(numberOf(0xf0, 0, 0, ...number), undefined);
});

Deno.test("an element of another length, another id or another form is no frame's number", () => {
  const frameNumberOf = (...extension: number[]) =>
    parse(...withFirst(0x90), ...extension, 9).frameNumber;
  assert.equal(frameNumberOf(0xbe, 0xde, 0, 1, 0x12, 1, 2, 3), undefined);
  assert.equal(frameNumberOf(0xbe, 0xde, 0, 2, 0x14, 1, 2, 3, 4, 5, 0, 0), undefined);
  assert.equal(frameNumberOf(0xbe, 0xde, 0, 2, 0x23, 1, 2, 3, 4, 0, 0, 0), undefined);
  // The two-byte form (section 4.3), and a profile of its own.
  assert.equal(frameNumberOf(0x10, 0, 0, 2, 1, 4, 1, 2, 3, 4, 0, 0), undefined);
  assert.equal(frameNumberOf(0xab, 0xcd, 0, 2, 0x13, 1, 2, 3, 4, 0, 0, 0), undefined);
  assert.equal(frameNumberOf(0xbe, 0xde, 0, 0), undefined);
});

Deno.test("padding is cut off", () => {
  const padded = withFirst(0xa0);
  assert.deepEqual(payloadOf(...padded, 9, 9, 0, 0, 0, 4), [9, 9]);
  assert.deepEqual(payloadOf(...padded, 9, 1), [9]);
  assert.deepEqual(payloadOf(...padded, 0, 0, 3), []);
});

Deno.test("padding, extension and CSRC together", () => {
  assert.deepEqual(
    payloadOf(...withFirst(0xb1), 1, 1, 1, 1, 0, 1, 0, 1, 8, 8, 8, 8, 9, 9, 0, 2),
    [9, 9],
  );
});

Deno.test("what is cut short or does not add up is junk", () => {
  for (let length = 0; length < HEADER.length; length++) {
    assertJunk(HEADER.slice(0, length), `${length} bytes`);
  }
  for (const first of [0x00, 0x40, 0xc0]) assertJunk(withFirst(first), `version ${first >> 6}`);
  assertJunk([...withFirst(0x81), 1, 1, 1], "half a CSRC");
  assertJunk(withFirst(0x8f), "15 CSRCs, none there");
  assertJunk([...withFirst(0x90), 0, 1], "half an extension's header");
  assertJunk([...withFirst(0x90), 0, 1, 0, 2, 1, 1, 1, 1], "half an extension");
  assertJunk([...withFirst(0x90), 0, 1, 0xff, 0xff], "an extension of 262140 bytes");
  assertJunk(
    [...withFirst(0x90), 0xbe, 0xde, 0, 1, 0x13, 1, 2, 3],
    "an element longer than its room",
  );
  assertJunk([...withFirst(0xa0), 9, 3], "more padding than bytes");
  assertJunk([...withFirst(0xa0), 9, 0], "padding that does not count itself");
  assertJunk(withFirst(0xa0), "padding of a packet without any");
});

Deno.test("a cut-short packet in a large buffer is not completed from what lies behind it", () => {
  const buffer = new Uint8Array(2048).fill(1);
  for (const [first, ...rest] of [[0x8f], [0x90, 0, 1, 0, 8], [0x90, 0xbe, 0xde, 0, 8, 0x17]]) {
    const bytes = [...withFirst(first!), ...rest];
    buffer.set(bytes);
    assert.ok(!parseRtp(buffer.subarray(0, bytes.length)).ok);
  }
});

Deno.test("no bytes make it throw, and a payload never reaches outside the datagram", () => {
  const almost = fc.tuple(
    fc.integer({ min: 0x80, max: 0xbf }),
    fc.uint8Array({ minLength: 11, maxLength: 80 }),
  ).map(([first, rest]) => Uint8Array.of(first, ...rest));
  const extended = fc.uint8Array({ maxLength: 40 })
    .map((rest) => Uint8Array.of(...withFirst(0x90), 0xbe, 0xde, 0, rest.length >> 2, ...rest));
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 100 }), almost, extended),
      fc.nat(50),
      (bytes, offset) => {
        const buffer = new Uint8Array(2048).fill(0xa5);
        buffer.set(bytes, offset);
        const result = parseRtp(buffer.subarray(offset, offset + bytes.length));
        if (!result.ok) return assert.equal(result.junk, "malformedRtp");
        const { payload, frameNumber = 0 } = result.value;
        assert.ok(frameNumber >= 0 && frameNumber <= 0xffff_ffff);
        assert.ok(payload.byteOffset >= offset + 12);
        assert.ok(payload.byteOffset + payload.length <= offset + bytes.length);
      },
    ),
    runs(3000),
  );
});
