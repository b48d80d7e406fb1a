import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AcceptBody,
  MAX_CHANNELS,
  parseAcceptBody,
  serializeAcceptBody,
} from "../../../shared/admission/accept_body.ts";
import { MAX_CHANNEL_BYTES } from "../../../shared/admission/channel_numbers.ts";
import { MAX_DATAGRAM_BYTES } from "../../../shared/core/units.ts";
import { runs } from "../../runs.ts";
import { LONGEST_BODY, LONGEST_CHANNEL, SHORTEST_BODY, SHORTEST_CHANNEL } from "./accept_bodies.ts";

const MALFORMED = { ok: false, junk: "malformedAdmission" };
/** Of a sealed ACCEPT: header, nonce, tag, type. */
const SEALED_BYTES = 18 + 16 + 16 + 1;

const read = (body: AcceptBody) => parseAcceptBody(serializeAcceptBody(body));
/** Connection id, no keys, two SSRCs, interval, broadcast id, no SRTCP index, count, score. */
const HEAD = [
  ...[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0x13, 0x88],
  ...[1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 255, 255, 255, 255],
  ...[0, 0, 0, 0, 0, 0, 7, 0, 2, 0, 1],
];

Deno.test("the body stands on the wire as the README says", () => {
  const body: AcceptBody = {
    connectionId: 5n,
    listenerSsrc: 1,
    hostSsrc: 2,
    keepaliveMillis: 5000,
    broadcastId: "0123456789abcdef",
    timeline: { count: 7, score: [2, 1], clock: "45:10", period: 2 },
    channels: [SHORTEST_CHANNEL],
  };
  assert.deepEqual([...serializeAcceptBody(body)], [
    ...HEAD,
    ...[10, 0x96, 2, 1],
    ...[34, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, ...new Array(21).fill(0)],
  ]);
});

Deno.test("what is written is read, with everything that there is and with as little", () => {
  for (
    const body of [
      LONGEST_BODY,
      SHORTEST_BODY,
      { ...SHORTEST_BODY, srtcpIndex: 0 },
      { ...SHORTEST_BODY, timeline: { count: 1, score: [0, 0], clock: "00:00", period: 1 } },
      { ...LONGEST_BODY, timeline: { count: 1, score: [3, 0], period: 2 } },
      { ...SHORTEST_BODY, channels: [SHORTEST_CHANNEL, LONGEST_CHANNEL] },
    ] satisfies AcceptBody[]
  ) {
    assert.deepEqual(read(body), { ok: true, value: body });
  }
});

Deno.test("eight channels with every field at its longest fit a sealed datagram", () => {
  assert.equal(LONGEST_BODY.channels.length, MAX_CHANNELS);
  const { length } = serializeAcceptBody(LONGEST_BODY);
  assert.ok(SEALED_BYTES + length <= MAX_DATAGRAM_BYTES, `${SEALED_BYTES + length} bytes`);
  // A later version may use all of a channel's 64 bytes and still has room left.
  const without = serializeAcceptBody({ ...LONGEST_BODY, channels: [] }).length;
  const most = SEALED_BYTES + without + MAX_CHANNELS * (1 + MAX_CHANNEL_BYTES);
  assert.ok(most <= MAX_DATAGRAM_BYTES, `${most} bytes`);
});

Deno.test("what is read is a copy", () => {
  const bytes = serializeAcceptBody(LONGEST_BODY);
  const result = parseAcceptBody(bytes);
  bytes.fill(0);
  assert.deepEqual(result, { ok: true, value: LONGEST_BODY });
});

Deno.test("a body cut short is not read, and bytes at the end are passed over", () => {
  const whole = serializeAcceptBody(LONGEST_BODY);
  for (let length = 0; length < whole.length; length++) {
    assert.deepEqual(parseAcceptBody(whole.subarray(0, length)), MALFORMED, `${length} bytes`);
  }
  const later = Uint8Array.of(...whole, 1, 2, 3);
  assert.deepEqual(parseAcceptBody(later), { ok: true, value: LONGEST_BODY });
});

Deno.test("what is out of range is neither written nor read", () => {
  const timeline = SHORTEST_BODY.timeline;
  const changes: Partial<AcceptBody>[] = [
    ...[{ keepaliveMillis: 99 }, { keepaliveMillis: 60_001 }, { broadcastId: "0" }],
    ...[{ listenerSsrc: 2 ** 32 }, { hostSsrc: -1 }, { srtcpIndex: 2 ** 31 }],
    ...[{ count: -1 }, { count: 2 ** 53 }, { score: [1000, 0] as const }, { period: 10 }]
      .map((change) => ({ timeline: { ...timeline, ...change } })),
    ...["1000:00", "x"].map((clock) => ({ timeline: { ...timeline, clock } })),
    { channels: new Array(9).fill(SHORTEST_CHANNEL) },
    { channels: [{ ...SHORTEST_CHANNEL, payloadType: 128 }] },
    { channels: [SHORTEST_CHANNEL, SHORTEST_CHANNEL] },
    { channels: [LONGEST_CHANNEL, { ...SHORTEST_CHANNEL, rtx: LONGEST_CHANNEL.fec! }] },
    { channels: [SHORTEST_CHANNEL], hostSsrc: SHORTEST_CHANNEL.ssrc },
  ];
  for (const change of changes) {
    assert.throws(() => serializeAcceptBody({ ...SHORTEST_BODY, ...change }), RangeError);
  }
  const tail = (...bytes: number[]) => parseAcceptBody(Uint8Array.of(...HEAD, ...bytes));
  assert.ok(tail(0, 0, 1, 0).ok);
  assert.deepEqual(tail(0xea, 0x60, 1, 0), MALFORMED, "a clock of 1000:00");
  assert.deepEqual(tail(0, 0, 10, 0), MALFORMED, "a tenth period");
  assert.deepEqual(tail(0, 0, 1, 9, ...new Array(9).fill([1, 77]).flat()), MALFORMED, "9 channels");
  const changed = (at: number, ...bytes: number[]) => {
    const body = Uint8Array.of(...HEAD, 0, 0, 0, 0);
    body.set(bytes, at);
    return parseAcceptBody(body);
  };
  assert.ok(changed(0).ok);
  assert.deepEqual(changed(8, 1), MALFORMED, "keys of one byte");
  assert.deepEqual(changed(17, 0, 99), MALFORMED, "reports every 99 ms");
  assert.deepEqual(changed(27, 0x80, 0, 0, 0), MALFORMED, "an index of 32 bits");
  assert.deepEqual(changed(31, 0x20), MALFORMED, "a count of 2^53");
  assert.deepEqual(changed(38, 3, 232), MALFORMED, "1000 goals");
});

Deno.test("channels that share an SSRC with each other or with the host are not read", () => {
  const body = { ...SHORTEST_BODY, channels: [LONGEST_CHANNEL, SHORTEST_CHANNEL] };
  const bytes = serializeAcceptBody(body);
  const [ssrcAt, hostAt] = [bytes.length - 34 + 3, 8 + 1 + 4];
  const changed = (at: number, ssrc: number) => {
    const other = bytes.slice();
    new DataView(other.buffer).setUint32(at, ssrc);
    return parseAcceptBody(other);
  };
  assert.ok(changed(ssrcAt, 77).ok && changed(hostAt, 77).ok);
  const { ssrc, rtx, fec } = LONGEST_CHANNEL;
  for (const taken of [ssrc, rtx!.ssrc, fec!.ssrc]) {
    assert.deepEqual(changed(ssrcAt, taken), MALFORMED);
    assert.deepEqual(changed(hostAt, taken), MALFORMED);
  }
});

Deno.test("a channel of a later kind is left out, the others are read", () => {
  const known = [LONGEST_CHANNEL, SHORTEST_CHANNEL];
  const bytes = serializeAcceptBody({ ...SHORTEST_BODY, channels: known });
  const count = bytes.length - 1 - 59 - 35;
  assert.equal(bytes[count], 2);
  const later = Uint8Array.of(
    ...bytes.subarray(0, count),
    3,
    3,
    9,
    1,
    2,
    ...bytes.slice(count + 1),
  );
  assert.deepEqual(parseAcceptBody(later), {
    ok: true,
    value: { ...SHORTEST_BODY, channels: known },
  });
});

Deno.test("no bytes make the parser throw, and what it reads can be written", () => {
  const reals = [LONGEST_BODY, SHORTEST_BODY].map(serializeAcceptBody);
  const changed = fc.tuple(
    fc.constantFrom(...reals),
    fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 4 }),
  ).map(([real, changes]) => {
    const bytes = real.slice();
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), (bytes) => {
      const result = parseAcceptBody(bytes);
      if (!result.ok) return assert.deepEqual(result, MALFORMED);
      assert.deepEqual(read(result.value), result);
    }),
    runs(2000),
  );
});
