import assert from "node:assert/strict";
import { StoreError } from "../../../../server/origin/timeline/broadcast_store.ts";
import { makeUlid, Timeline } from "../../../../server/origin/timeline/timeline.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { parseEvent, serializeEvent } from "../../../../shared/event/event.ts";
import { MemoryStore, timelineOf } from "../../../fakes/memory_store.ts";
import { BLOCK_ENTRIES, readBlock } from "../../../../shared/event/blocks.ts";
import { verifyEvent } from "../../../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { goal, START } from "../../kit.ts";

Deno.test("events count from 1, keep their place, and are valid on the wire", () => {
  const timeline = new Timeline(new SeededRng(1));
  assert.deepEqual(timeline.head, { count: 0, score: "0 x 0" });
  for (let count = 1; count <= 50; count++) {
    const event = timeline.append(goal(`goal ${count}`), START + count + 0.7);
    assert.equal(event.count, count);
    assert.equal(event.time, START + count);
    assert.deepEqual(parseEvent(serializeEvent(event)), { ok: true, value: event });
  }
  const { clock, period } = goal().event;
  assert.deepEqual(timeline.head, { count: 50, score: "1 x 0", clock, period });
  assert.equal(new Set(timeline.readEntries().map(({ event }) => event.id)).size, 50);
});

Deno.test("a correction changes count and score of the head, and turns no clock back, not after a restart either", () => {
  const store = new MemoryStore();
  const timeline = new Timeline(new SeededRng(1), { journal: store });
  const at = (clock: string, period: number, supersedes?: string) => ({
    ...goal(),
    event: { ...goal().event, clock, period, ...(supersedes && { supersedes }) },
  });
  const { id } = timeline.append(at("10:00", 1), START).event;
  const head = { count: 3, score: "0 x 0", clock: "50:00", period: 2 };
  timeline.appendAll([at("50:00", 2), { ...at("10:00", 1, id), score: "0 x 0" }], START);
  assert.deepEqual(timeline.head, head);
  const again = new Timeline(new SeededRng(1), { kept: store.load().timeline });
  assert.deepEqual(again.head, head);
  again.append(at("51:00", 2), START);
  assert.equal(again.head.clock, "51:00");
});

Deno.test("an id and a time that are given stay", () => {
  const timeline = new Timeline(new SeededRng(1));
  const given = goal();
  const told = { ...given, event: { ...given.event, id: "mine", time: 12 } };
  const { event, time } = timeline.append(told, START);
  assert.deepEqual([event.id, event.time, time], ["mine", 12, START]);
});

Deno.test("a ULID is 26 characters of its alphabet and sorts by time", () => {
  const rng = new SeededRng(1);
  const ids = [0, 1, 31, 32, START, START + 1, 2 ** 47].map((time) => makeUlid(time, rng));
  for (const id of ids) assert.match(id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  assert.deepEqual(ids, ids.toSorted());
  // The example of github.com/ulid/spec.
  assert.equal(makeUlid(1_469_918_176_385, rng).slice(0, 10), "01ARYZ6S41");
});

Deno.test("no two entries have one id, of whatever source and however old they are", () => {
  const named = (id: string) => ({ ...goal(), event: { ...goal().event, id } });
  const store = new MemoryStore();
  const first = new Timeline(new SeededRng(1), { journal: store });
  const made = first.append(goal(), START).event.id;
  first.append(named("mine"), START);
  const second = new Timeline(new SeededRng(1), { kept: store.load().timeline });
  assert.deepEqual([second.countOf(made), second.countOf("mine"), second.countOf("x")], [
    1,
    2,
    undefined,
  ]);
  assert.throws(() => second.append(named("mine"), START), RangeError);
  assert.notEqual(second.append(goal(), START).event.id, made, "the same dice in the same moment");
  assert.equal(second.head.count, 3);
});

const SEED = new SeededRng(5).bytes(32);
const broadcastId = "0123456789abcdef";
const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(SEED),
  broadcastId,
};

/** A signer that counts what it signs. */
function countingSigner() {
  const signer = {
    calls: 0,
    ciphers: {
      sign: (seed: Uint8Array, message: Uint8Array) => {
        signer.calls++;
        return nodeCiphers.sign(seed, message);
      },
    },
    seed: SEED,
    broadcastId,
  };
  return signer;
}

const goals = (length: number) => Array.from({ length }, (_, index) => goal(`goal ${index + 1}`));
const countsOf = (block: Uint8Array, isSigned = true) => {
  const read = readBlock(block, isSigned ? VERIFIER : undefined);
  assert(read.ok, "not a block of this host");
  return read.value.map(({ count }) => count);
};

Deno.test("blocks are signed once, when they are full; later entries are signed alone", () => {
  const signer = countingSigner();
  const timeline = new Timeline(new SeededRng(1), { signer });
  const told: [number, Uint8Array][] = [];
  timeline.onBlock = (firstCount, block) => told.push([firstCount, block]);
  timeline.appendAll(goals(63), START);
  assert.deepEqual([timeline.blocks.length, timeline.tail.length, signer.calls], [0, 63, 63]);
  timeline.appendAll(goals(130), START);
  assert.deepEqual(told, [[1, timeline.blocks[0]], [65, timeline.blocks[1]], [
    129,
    timeline.blocks[2],
  ]]);
  assert.equal(signer.calls, 193 + 3);
  const counts = timeline.blocks.flatMap((block) => countsOf(block));
  assert.deepEqual(counts, Array.from({ length: 192 }, (_, index) => index + 1));
  assert.deepEqual(timeline.tail.map(({ count }) => count), [193]);
  const last = verifyEvent(VERIFIER, timeline.tail[0]!.payload);
  assert(last.ok);
  const entry = parseEvent(last.value);
  assert(entry.ok);
  assert.deepEqual(entry.value, timeline.readEntries()[192]);
  assert.equal(BLOCK_ENTRIES, 64);
});

Deno.test("a start from a store signs nothing anew, and sends the same bytes", () => {
  const store = new MemoryStore();
  const first = new Timeline(new SeededRng(1), { journal: store, signer: countingSigner() });
  first.appendAll(goals(200), START);
  const signer = countingSigner();
  const kept = store.load().timeline;
  const second = new Timeline(new SeededRng(2), { kept, journal: store, signer });
  assert.deepEqual(second.blocks, first.blocks);
  assert.deepEqual(second.tail, first.tail);
  assert.deepEqual(second.head, first.head);
  assert.deepEqual(second.readEntries(), store.entries);
  assert.deepEqual([signer.calls, second.signedLate], [0, 0]);
  second.appendAll(goals(56), START);
  assert.equal(signer.calls, 56 + 1);
  assert.deepEqual(countsOf(second.blocks[3]!)[0], 193);
});

Deno.test("what was stored without signatures is signed once, at the first start", () => {
  const store = new MemoryStore();
  const first = new Timeline(new SeededRng(1), { journal: store, signer: countingSigner() });
  first.appendAll(goals(150), START);
  store.forgetSignatures();
  const signers = [countingSigner(), countingSigner()];
  const [second, third] = signers.map((signer) => {
    const kept = store.load().timeline;
    return new Timeline(new SeededRng(2), { kept, journal: store, signer });
  });
  assert.deepEqual([signers[0]!.calls, second!.signedLate], [150 + 2, 150]);
  assert.deepEqual([signers[1]!.calls, third!.signedLate], [0, 0]);
  assert.deepEqual(second!.blocks, first.blocks);
  assert.deepEqual(third!.blocks, first.blocks);
  assert.deepEqual(third!.tail, first.tail);
});

Deno.test("a broadcast that was in clear for a while is signed as far as it lacks signatures", () => {
  const store = new MemoryStore();
  const open = (signer?: ReturnType<typeof countingSigner>) =>
    new Timeline(new SeededRng(2), { kept: store.load().timeline, journal: store, signer });
  open(countingSigner()).appendAll(goals(70), START);
  const inClear = open();
  inClear.appendAll(goals(70), START);
  assert.deepEqual(inClear.blocks.map((block) => countsOf(block, false)[0]), [1, 65]);
  assert(parseEvent(inClear.tail[0]!.payload).ok);
  const signer = countingSigner();
  const signed = open(signer);
  assert.deepEqual([signer.calls, signed.signedLate], [70 + 1, 70]);
  assert.deepEqual(signed.blocks.map((block) => countsOf(block)[0]), [1, 65]);
  assert.deepEqual(signed.readEntries(), store.entries);
});

Deno.test("entries that can't be stored together leave the timeline as it was", () => {
  const store = new MemoryStore();
  const timeline = new Timeline(new SeededRng(1), { journal: store, signer: countingSigner() });
  timeline.appendAll(goals(60), START);
  const before = [timeline.head, [...timeline.tail]];
  store.isFull = true;
  assert.throws(() => timeline.appendAll(goals(10), START), StoreError);
  assert.deepEqual([timeline.head, timeline.tail], before);
  assert.deepEqual([timeline.blocks.length, store.entries.length], [0, 60]);
  store.isFull = false;
  timeline.appendAll(goals(10), START);
  assert.deepEqual(countsOf(timeline.blocks[0]!).length, 64);
  assert.deepEqual(store.batches, [60, 10]);
});

Deno.test("ids are unique within what is appended together too", () => {
  const timeline = new Timeline(new SeededRng(1));
  const named = { ...goal(), event: { ...goal().event, id: "mine" } };
  assert.throws(() => timeline.appendAll([named, named], START), RangeError);
  assert.equal(timeline.head.count, 0);
});

Deno.test("the timeline tells how many entries it takes, and takes what a store has", () => {
  assert.equal(new Timeline(new SeededRng(1)).room, 250_000);
  const timeline = new Timeline(new SeededRng(1), { limit: 5 });
  timeline.appendAll(goals(3), START);
  assert.equal(timeline.room, 2);
  const kept = timelineOf(timeline.readEntries());
  const smaller = new Timeline(new SeededRng(1), { limit: 2, kept });
  assert.deepEqual([smaller.room, smaller.head.count], [0, 3]);
});
