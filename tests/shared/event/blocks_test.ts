import assert from "node:assert/strict";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { SeededRng } from "../../../shared/core/rng.ts";
import { concat } from "../../../shared/core/bytes.ts";
import {
  BLOCK_ENTRIES,
  blockStart,
  MAX_BLOCK_BYTES,
  readBlock,
  writeBlock,
} from "../../../shared/event/blocks.ts";
import { serializeEvent, type TimelineEvent } from "../../../shared/event/event.ts";
import { MAX_PAST_FRAGMENTS, PAST_FRAGMENT_BYTES } from "../../../shared/rtcp/past_messages.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { flipBit } from "../secrecy/hex.ts";

const SEED = new SeededRng(8).bytes(32);
const broadcastId = "0123456789abcdef";
const SIGNER = { ciphers: nodeCiphers, seed: SEED, broadcastId };
const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(SEED),
  broadcastId,
};
const MALFORMED = { ok: false, junk: "malformedBlock" };
const UNSIGNED = { ok: false, junk: "unsigned" };
const encoder = new TextEncoder();

function entry(count: number, content = `Entry ${count}`): TimelineEvent {
  return {
    count,
    type: 2,
    score: "1 x 0",
    content,
    time: 1_763_600_000_000 + count,
    event: {
      id: `id-${count}`,
      type: "event",
      title: "Goal",
      origin: "Home",
      time: 1,
      clock: "12:34",
      period: 1,
    },
  };
}

const entriesFrom = (first: number, length: number) =>
  Array.from({ length }, (_, index) => entry(first + index));
const write = (first: number, entries: readonly TimelineEvent[]) =>
  writeBlock(first, entries.map(serializeEvent), SIGNER);
/** A block in clear of any bytes, well deflated. */
const blockOf = (first: number, entryCount: number, bytes: Uint8Array) => {
  const head = new Uint8Array(7);
  new DataView(head.buffer).setUint32(2, first);
  head[6] = entryCount;
  return concat(head, deflateSync(bytes));
};
const lines = (...texts: string[]) => encoder.encode(texts.map((text) => text + "\n").join(""));

Deno.test("blocks of 64 begin at counts 1, 65 and 129", () => {
  assert.deepEqual([1, 2, 64, 65, 128, 129, 40_000].map(blockStart), [
    1,
    1,
    1,
    65,
    65,
    129,
    39_937,
  ]);
});

Deno.test("a block is read as written, signed or in clear, whatever its first count", () => {
  for (const first of [1, 65, 2 ** 32 - 3, 2 ** 40 + 1]) {
    for (const length of [1, 5, BLOCK_ENTRIES]) {
      const events = entriesFrom(first, length);
      const expected = events.map((event) => ({
        count: event.count,
        payload: serializeEvent(event),
        event,
      }));
      const payloads = events.map(serializeEvent);
      for (const [signer, verifier] of [[SIGNER, VERIFIER], [undefined, undefined]] as const) {
        const block = writeBlock(first, payloads, signer);
        assert.deepEqual(readBlock(block, verifier), { ok: true, value: expected });
      }
    }
  }
});

Deno.test("a block's signature covers the broadcast, the count and the deflated entries", () => {
  const block = write(65, entriesFrom(65, 3));
  const id = Uint8Array.of(0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef);
  const words = concat(encoder.encode("streamer events\0"), id, block.subarray(64));
  assert(nodeCiphers.verify(VERIFIER.signingKey, words, block.subarray(0, 64)));
  assert.deepEqual([...block.subarray(64, 71)], [0, 0, 0, 0, 0, 65, 3]);
});

Deno.test("changed anywhere, cut, of another broadcast or another host, a block is unsigned", () => {
  const block = write(1, entriesFrom(1, BLOCK_ENTRIES));
  for (let bit = 0; bit < block.length * 8; bit += 101) {
    assert.deepEqual(readBlock(flipBit(block, bit), VERIFIER), UNSIGNED);
  }
  for (const length of [0, 10, 64, 70, block.length - 1]) {
    assert.deepEqual(readBlock(block.subarray(0, length), VERIFIER), UNSIGNED);
  }
  const others = [
    { ...VERIFIER, broadcastId: "0123456789abcdee" },
    { ...VERIFIER, signingKey: nodeCiphers.signingKeyOf(new SeededRng(1).bytes(32)) },
  ];
  for (const other of others) assert.deepEqual(readBlock(block, other), UNSIGNED);
});

Deno.test("counts that aren't consecutive from the block's first, or of another number, are refused", () => {
  const [one, two, three] = entriesFrom(1, 3) as [TimelineEvent, TimelineEvent, TimelineEvent];
  for (const entries of [[one, three], [two, one], [one, one]]) {
    assert.deepEqual(readBlock(write(1, entries), VERIFIER), MALFORMED);
  }
  assert.deepEqual(readBlock(write(2, [one, two]), VERIFIER), MALFORMED);
  const bytes = lines(JSON.stringify(one), JSON.stringify(two));
  assert.equal(readBlock(blockOf(1, 2, bytes), undefined).ok, true);
  for (const entryCount of [0, 1, 3, 65]) {
    assert.deepEqual(readBlock(blockOf(1, entryCount, bytes), undefined), MALFORMED);
  }
  assert.deepEqual(readBlock(blockOf(0, 1, lines('{"count":0}')), undefined), MALFORMED);
});

Deno.test("an entry of a later host that only has its count keeps its place; one without is refused", () => {
  const later = '{"count":2,"type":900}';
  const block = blockOf(1, 2, lines(JSON.stringify(entry(1)), later));
  const read = readBlock(block, undefined);
  assert(read.ok);
  assert.deepEqual(read.value[1], { count: 2, payload: encoder.encode(later) });
  for (const text of ["", "{}", "oops", '{"count":"2"}', `{"count":2,"x":"${"y".repeat(1000)}"}`]) {
    const bytes = lines(JSON.stringify(entry(1)), text);
    assert.deepEqual(readBlock(blockOf(1, 2, bytes), undefined), MALFORMED);
  }
  const unfinished = lines(JSON.stringify(entry(1))).slice(0, -1);
  assert.deepEqual(readBlock(blockOf(1, 1, unfinished), undefined), MALFORMED);
});

Deno.test("a block that inflates without end is left early", () => {
  const bomb = blockOf(1, 1, new Uint8Array(50_000_000).fill(32));
  assert(bomb.length <= MAX_BLOCK_BYTES);
  assert.deepEqual(readBlock(bomb, undefined), MALFORMED);
  const newlines = blockOf(1, 64, new Uint8Array(60_000).fill(10));
  assert.deepEqual(readBlock(newlines, undefined), MALFORMED);
  assert.deepEqual(readBlock(new Uint8Array(MAX_BLOCK_BYTES + 1), undefined), MALFORMED);
});

Deno.test("the largest entries, incompressible, fit a block and its fragments", () => {
  const rng = new SeededRng(3);
  const noise = () => Array.from(rng.bytes(500), (byte) => String.fromCharCode(0x21 + byte % 90));
  const payloads = Array.from({ length: BLOCK_ENTRIES }, (_, index) => {
    const text = JSON.stringify({ count: index + 1, noise: noise().join("") });
    const filler = JSON.stringify({ count: index + 1, noise: noise().join(""), more: "" });
    return encoder.encode(text.length + 500 > 1000 ? text : filler).subarray(0, 1000);
  });
  const block = writeBlock(1, payloads, SIGNER);
  assert(block.length <= MAX_BLOCK_BYTES);
  assert.equal(readBlock(block, VERIFIER).ok, true);
  assert(Math.ceil(MAX_BLOCK_BYTES / PAST_FRAGMENT_BYTES) <= MAX_PAST_FRAGMENTS);
  // Stored as they are, even bytes that don't deflate stay below the bound.
  const stored = deflateSync(rng.bytes(BLOCK_ENTRIES * 1001));
  assert(64 + 7 + stored.length <= MAX_BLOCK_BYTES);
});

Deno.test("a block has 1 to 64 entries", () => {
  assert.throws(() => writeBlock(1, [], SIGNER), RangeError);
  const payloads = entriesFrom(1, BLOCK_ENTRIES + 1).map(serializeEvent);
  assert.throws(() => writeBlock(1, payloads, SIGNER), RangeError);
});

Deno.test("whatever the bytes, reading a block does not throw", () => {
  const block = writeBlock(1, entriesFrom(1, 20).map(serializeEvent), undefined);
  fc.assert(fc.property(fc.nat(block.length - 1), fc.nat(255), fc.nat(64), (at, byte, cut) => {
    const changed = block.slice(0, block.length - cut);
    if (at < changed.length) changed[at] = byte;
    const read = readBlock(changed, undefined);
    const counts = read.ok ? read.value.map(({ count }) => count) : [1];
    assert.deepEqual(counts, counts.map((_, index) => counts[0]! + index));
  }));
});
