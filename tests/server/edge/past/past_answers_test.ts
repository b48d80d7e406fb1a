import assert from "node:assert/strict";
import fc from "fast-check";
import { type PastAnswer, PastAnswers } from "../../../../server/edge/past/past_answers.ts";
import { PastStore } from "../../../../server/edge/past/past_store.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { MAX_BLOCK_BYTES } from "../../../../shared/event/blocks.ts";
import { runs } from "../../../runs.ts";
import { START } from "../../kit.ts";

const BLOCK_BYTES = 3 * 1100 + 7;
const MANY = Array.from({ length: 64 }, (_, index) => index);

interface Sent extends PastAnswer {
  readonly to: string;
  readonly at: Millis;
}

function setUp({ blocks = 100, blockBytes = BLOCK_BYTES } = {}) {
  const store = new PastStore();
  for (let index = 0; index < blocks; index++) {
    assert(store.put(index * 64 + 1, new Uint8Array(blockBytes).fill(index)));
  }
  const sent: Sent[] = [];
  const state = { now: START, isBusy: false };
  const left = new Set<string>();
  const answers = new PastAnswers<{ name: string }>({
    store,
    hasLeft: ({ name }) => left.has(name),
    send: ({ name }, answer) => sent.push({ ...answer, to: name, at: state.now }),
    isBusy: () => state.isBusy,
    now: START,
  });
  const ask = (listener: { name: string }, firstCount: number, fragments = MANY) =>
    answers.onRequest(listener, { type: "pastRequest", ssrc: 1, firstCount, fragments }, state.now);
  const run = (millis: Millis) => {
    const until = state.now + millis;
    while (answers.deadline <= until) {
      state.now = Math.max(state.now, answers.deadline);
      answers.advance(state.now);
    }
    state.now = until;
  };
  return { store, answers, sent, state, ask, run, left };
}

Deno.test("a block's fragments are sent, each once, whatever more is asked for", () => {
  const { sent, ask, run, answers } = setUp();
  const ana = { name: "Ana" };
  ask(ana, 65);
  ask(ana, 65, [0, 1]);
  run(100);
  assert.deepEqual(
    sent.map(({ firstCount, index, fragmentCount, bytes }) => [
      firstCount,
      index,
      fragmentCount,
      bytes.length,
    ]).slice(0, 4),
    [[65, 0, 4, 1100], [65, 1, 4, 1100], [65, 2, 4, 1100], [65, 3, 4, 7]],
  );
  assert.deepEqual(sent.slice(4).map(({ index }) => index), [0, 1], "it was asked for again");
  assert.deepEqual([answers.deadline, answers.unanswered], [Infinity, {}]);
});

Deno.test("what waits is not queued twice; the queue of a listener is bounded", () => {
  const { ask, sent, run, state, answers } = setUp({ blockBytes: 58 * 1100 + 5 });
  const ana = { name: "Ana" };
  state.isBusy = true;
  for (let turn = 0; turn < 3; turn++) for (const first of [1, 65, 129, 193]) ask(ana, first);
  ask(ana, 257);
  assert.deepEqual(answers.unanswered, { queueFull: 39 });
  state.isBusy = false;
  run(1000);
  assert.equal(sent.length, 256);
});

Deno.test("it sends 16 fragments, rests for 8 ms, and so gives 2000 a second", () => {
  const { ask, sent, run } = setUp({ blocks: 4, blockBytes: 58 * 1100 + 5 });
  const ana = { name: "Ana" };
  for (const first of [1, 65, 129, 193]) ask(ana, first);
  assert.equal(sent.length, 16);
  run(7.9);
  assert.equal(sent.length, 16);
  run(0.1);
  assert.equal(sent.length, 32);
  run(106);
  assert.equal(sent.length, 4 * 59);
  ask(ana, 1);
  assert.equal(sent.length, 4 * 59, "a new request begins no new turn");
});

Deno.test("listeners take turns, and all together get 10 000 fragments a second", () => {
  const { ask, sent, run } = setUp();
  const crowd = Array.from({ length: 50 }, (_, index) => ({ name: `${index}` }));
  for (const listener of crowd) {
    for (let first = 1; first < 64 * 50; first += 64) ask(listener, first, [0, 1, 2, 3]);
  }
  run(500);
  assert(sent.length >= 5000 && sent.length <= 5300, `${sent.length}`);
  const numbers = crowd.map(({ name }) => sent.filter(({ to }) => to === name).length);
  assert(Math.max(...numbers) <= 1.3 * Math.min(...numbers), `${numbers}`);
});

Deno.test("while the outbox is half full nothing is sent, and it goes on after", () => {
  const { ask, sent, run, state, answers } = setUp();
  state.isBusy = true;
  ask({ name: "Ana" }, 1);
  run(50);
  assert.equal(sent.length, 0);
  assert(answers.deadline > state.now - 2 && answers.deadline <= state.now + 2);
  state.isBusy = false;
  run(2);
  assert.equal(sent.length, 4);
});

Deno.test("a block that is not there is counted and not answered; it is, once it is there", () => {
  const { store, ask, sent, answers } = setUp({ blocks: 2 });
  const ana = { name: "Ana" };
  for (const first of [129, 2, 2 ** 47]) ask(ana, first, [0]);
  assert.deepEqual([sent.length, answers.unanswered], [0, { unknownBlock: 3 }]);
  store.put(129, new Uint8Array(10));
  ask(ana, 129, [0]);
  assert.equal(sent.length, 1);
});

Deno.test("who asks for the same again and again gets the timeline four times, then 256 kbit/s", () => {
  const { ask, sent, run, store, answers } = setUp({ blocks: 20 });
  const ana = { name: "Ana" };
  const bytes = () => sent.reduce((sum, answer) => sum + answer.bytes.length, 0);
  for (let turn = 0; turn < 400; turn++) {
    ask(ana, turn % 20 * 64 + 1);
    ask(ana, (turn + 7) % 20 * 64 + 1);
    run(10);
  }
  const most = 4 * store.byteCount + 64_000 + 4000 * 32;
  assert(bytes() <= most && bytes() >= most - 2000, `${bytes()} of ${most}`);
  assert(answers.unanswered.overBudget! > 100);
});

Deno.test("a listener that has left gets nothing more, and nothing counts as sent to it", () => {
  const { answers, ask, sent, run, state, left } = setUp();
  const [ana, rui] = [{ name: "Ana" }, { name: "Rui" }];
  state.isBusy = true;
  ask(ana, 1);
  ask(rui, 1);
  state.isBusy = false;
  left.add("Ana");
  run(50);
  assert.deepEqual(sent.map(({ to }) => to), ["Rui", "Rui", "Rui", "Rui"]);
  assert.deepEqual([answers.sent, answers.deadline], [4, Infinity]);
});

Deno.test("whatever is asked for and when, each fragment answers a request, and no faster than allowed", () => {
  const request = fc.record({
    who: fc.nat(3),
    block: fc.nat(6),
    fragments: fc.uniqueArray(fc.nat(63), { minLength: 1 }),
    wait: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      const { ask, sent, run, answers } = setUp({ blocks: 5, blockBytes: 20_000 });
      const crowd = ["a", "b", "c", "d"].map((name) => ({ name }));
      let asked = 0;
      for (const { who, block, fragments, wait } of requests) {
        ask(crowd[who]!, block * 64 + 1, fragments);
        asked += fragments.length;
        run(wait);
      }
      run(60_000);
      assert.equal(answers.deadline, Infinity);
      assert(sent.length <= asked);
      for (const { name } of crowd) {
        const own = sent.filter(({ to }) => to === name);
        for (const [index, { at }] of own.slice(16).entries()) {
          assert(at - own[index]!.at >= 8 - 1e-3, "17 fragments in one turn");
        }
      }
    }),
    runs(50),
  );
});

Deno.test("the store takes what can be a block, and no more than a timeline has", () => {
  const store = new PastStore();
  assert(store.put(1, new Uint8Array(5)));
  assert(store.put(1, new Uint8Array(7)), "again, after the origin has restarted");
  assert.deepEqual([store.blockCount, store.byteCount], [1, 7]);
  for (const first of [0, 2, 64, -63]) assert(!store.put(first, new Uint8Array(5)));
  assert(!store.put(65, new Uint8Array()));
  assert(!store.put(65, new Uint8Array(MAX_BLOCK_BYTES + 1)));
  for (let index = 1; index < 4096; index++) assert(store.put(index * 64 + 1, new Uint8Array(1)));
  assert(!store.put(4096 * 64 + 1, new Uint8Array(1)));
  assert.equal(store.fragment(1, 1), undefined);
  assert.equal(store.fragment(65, 0)!.fragmentCount, 1);
});
