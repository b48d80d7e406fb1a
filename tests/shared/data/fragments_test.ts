import assert from "node:assert/strict";
import { viewOf } from "../../../shared/core/bytes.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { MAX_MESSAGE_BYTES } from "../../../shared/data/data_message.ts";
import {
  DataPacker,
  FRAGMENT_BYTES,
  packData,
  parseFragment,
} from "../../../shared/data/fragments.ts";
import { MAX_PAYLOAD_BYTES } from "../../../shared/media/payload.ts";

const MALFORMED = { ok: false, junk: "malformedData" };

function fragment(number: number, offset: number, length: number, bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(12 + bytes.length);
  viewOf(payload).setUint32(0, number);
  viewOf(payload).setUint32(4, offset);
  viewOf(payload).setUint32(8, length);
  payload.set(bytes, 12);
  return payload;
}

Deno.test("a fragment is number, offset, length and bytes; the last one has the marker", () => {
  const message = new SeededRng(1).bytes(FRAGMENT_BYTES + 10);
  assert.deepEqual(packData(7, message), [
    {
      payload: fragment(7, 0, message.length, message.subarray(0, FRAGMENT_BYTES)),
      marker: false,
    },
    {
      payload: fragment(7, FRAGMENT_BYTES, message.length, message.subarray(FRAGMENT_BYTES)),
      marker: true,
    },
  ]);
});

Deno.test("no payload is longer than a packet holds, and the packer counts down", () => {
  for (const length of [1, FRAGMENT_BYTES - 1, FRAGMENT_BYTES, FRAGMENT_BYTES + 1, 200_000]) {
    const packer = new DataPacker(1, new Uint8Array(length));
    let sum = 0;
    for (let next = packer.next(); next; next = packer.next()) {
      assert.ok(next.payload.length <= MAX_PAYLOAD_BYTES);
      sum += next.payload.length - 12;
      assert.equal(packer.remaining, length - sum);
      assert.equal(next.marker, sum === length);
    }
    assert.equal(sum, length);
  }
  assert.throws(() => new DataPacker(1, new Uint8Array()), RangeError);
  assert.throws(() => new DataPacker(1, new Uint8Array(MAX_MESSAGE_BYTES + 1)), RangeError);
});

Deno.test("what can't be a part of a message is junk", () => {
  const one = Uint8Array.of(1);
  for (
    const payload of [
      new Uint8Array(),
      new Uint8Array(12),
      fragment(1, 0, 0, one),
      fragment(1, 5, 5, one),
      fragment(1, 0xffff_ffff, 5, one),
      fragment(1, 0, MAX_MESSAGE_BYTES + 1, one),
      fragment(1, 0, 2000, new Uint8Array(1129)),
    ]
  ) assert.deepEqual(parseFragment(payload), MALFORMED);
  assert.deepEqual(parseFragment(fragment(2 ** 32 - 1, 4, 5, one)), {
    ok: true,
    value: { wrappedNumber: 2 ** 32 - 1, offset: 4, length: 5, bytes: one },
  });
});
