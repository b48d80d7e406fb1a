import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_PAST_FRAGMENTS,
  PAST_FRAGMENT_BYTES,
  type PastFragment,
  type PastRequest,
} from "../../../shared/rtcp/past_messages.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

const REQUEST: PastRequest = {
  type: "pastRequest",
  ssrc: 0x01020304,
  firstCount: 0x0102_0000_0041,
  fragments: [0, 1, 8, 63],
};
const FRAGMENT: PastFragment = {
  type: "pastFragment",
  ssrc: 0xfeedbeef,
  listenerSsrc: 0x01020304,
  firstCount: 65,
  index: 2,
  fragmentCount: 3,
  bytes: Uint8Array.of(9, 8, 7, 6, 5),
};
const text = (name: string) => [...new TextEncoder().encode(name)];

Deno.test("a request for past events stands on the wire as the README says", () => {
  assert.deepEqual([...serializeRtcp([REQUEST])], [
    ...[0x80, 204, 0, 6, 1, 2, 3, 4, ...text("PREQ")],
    ...[1, 2, 0, 0, 0, 0x41, 0, 0],
    ...[0x80, 0, 0, 0, 0, 0, 1, 3],
  ]);
});

Deno.test("a fragment of past events stands on the wire as the README says", () => {
  assert.deepEqual([...serializeRtcp([FRAGMENT])], [
    ...[0x80, 204, 0, 8, 0xfe, 0xed, 0xbe, 0xef, ...text("PAST")],
    ...[1, 2, 3, 4, 0, 0, 0, 0, 0, 65, 2, 3, 0, 5, 0, 0],
    ...[9, 8, 7, 6, 5, 0, 0, 0],
  ]);
});

Deno.test("requests and fragments are read as written, alone and in a compound", () => {
  const ssrc = fc.nat(0xffff_ffff);
  const firstCount = fc.integer({ min: 1, max: 2 ** 48 - 1 });
  const request = fc.record({
    type: fc.constant("pastRequest" as const),
    ssrc,
    firstCount,
    fragments: fc.uniqueArray(fc.nat(MAX_PAST_FRAGMENTS - 1), { minLength: 1 })
      .map((indexes) => indexes.toSorted((one, other) => one - other)),
  }, { noNullPrototype: true });
  const fragment = fc.integer({ min: 1, max: MAX_PAST_FRAGMENTS }).chain((fragmentCount) =>
    fc.record({
      type: fc.constant("pastFragment" as const),
      ssrc,
      listenerSsrc: ssrc,
      firstCount,
      index: fc.constant(fragmentCount - 1),
      fragmentCount: fc.constant(fragmentCount),
      bytes: fc.uint8Array({ minLength: 1, maxLength: PAST_FRAGMENT_BYTES }),
    }, { noNullPrototype: true })
  );
  fc.assert(fc.property(fc.array(fc.oneof(request, fragment), { minLength: 1 }), (messages) => {
    assert.deepEqual(parseRtcp(serializeRtcp(messages)), { ok: true, value: messages });
  }));
});

Deno.test("only the last fragment of a block may be shorter than a whole one", () => {
  const whole = new Uint8Array(PAST_FRAGMENT_BYTES).fill(5);
  const read = (changes: Partial<PastFragment>) => {
    const parsed = parseRtcp(serializeRtcp([{ ...FRAGMENT, ...changes }]));
    assert(parsed.ok);
    return parsed.value.length;
  };
  assert.equal(read({ index: 0, bytes: whole }), 1);
  assert.equal(read({ index: 2, bytes: whole }), 1);
  assert.equal(read({ index: 0 }), 0);
  assert.equal(read({ index: 3 }), 0);
  assert.equal(read({ index: 2, bytes: new Uint8Array(PAST_FRAGMENT_BYTES + 1) }), 0);
  assert.equal(read({ fragmentCount: MAX_PAST_FRAGMENTS + 1, index: MAX_PAST_FRAGMENTS }), 0);
  assert.equal(read({ bytes: new Uint8Array() }), 0);
  assert.equal(read({ firstCount: 0 }), 0);
});

Deno.test("requests for nothing, and messages that are cut or boast of their length, are skipped", () => {
  const boastful = serializeRtcp([FRAGMENT]);
  boastful[12 + 13] = 9;
  const empty: RtcpMessage = { ...REQUEST, fragments: [] };
  const none: RtcpMessage = { ...REQUEST, firstCount: 0 };
  const cut = serializeRtcp([REQUEST]).slice(0, -4);
  cut[3] = 5;
  for (const packet of [boastful, serializeRtcp([empty]), serializeRtcp([none]), cut]) {
    assert.deepEqual(parseRtcp(packet), { ok: true, value: [] });
  }
});
