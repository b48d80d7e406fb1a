import assert from "node:assert/strict";
import { LaneReceiver } from "../../../shared/lane/lane_receiver.ts";
import type { Fragment } from "../../../shared/lane/lane_sender.ts";

const START = 2 ** 32 - 3;
const full: Uint8Array = new Uint8Array(1000);

/** A fragment with its number as it stands on the wire: 32 bits. */
function fragment(
  at: number,
  flags: "first" | "last" | "whole" | "middle",
  bytes = full,
): Fragment {
  return {
    fragment: (START + at) >>> 0,
    isFirst: flags === "first" || flags === "whole",
    isLast: flags === "last" || flags === "whole",
    bytes,
  };
}
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (message: string) => new TextEncoder().encode(message);

Deno.test("messages come out whole and in order, whatever the order of their fragments", () => {
  const receiver = new LaneReceiver(START);
  const take = (one: Fragment) => receiver.onFragment(one, 0).map(text);
  assert.deepEqual(take(fragment(3, "whole", bytes("c"))), []);
  assert.deepEqual(take(fragment(2, "whole", bytes("b"))), []);
  assert.deepEqual(take(fragment(1, "last", bytes("!"))), []);
  const [first, ...others] = take(fragment(0, "first", full.slice().fill(97)));
  assert.equal(first, "a".repeat(1000) + "!");
  assert.deepEqual(others, ["b", "c"]);
  assert.equal(receiver.heldBytes, 0);
});

Deno.test("an acknowledgement names the lowest that is missing and those after it, once", () => {
  const receiver = new LaneReceiver(START);
  assert.equal(receiver.takeAck(), undefined);
  for (const at of [0, 2, 3, 7]) receiver.onFragment(fragment(at, "whole"), 0);
  assert.deepEqual(receiver.takeAck(), { next: START + 1, mask: 0b10_0011 });
  assert.equal(receiver.takeAck(), undefined);
  receiver.onFragment(fragment(1, "whole"), 0);
  assert.deepEqual(receiver.takeAck(), { next: START + 4, mask: 0b100 });
});

Deno.test("a duplicate is acknowledged again and comes out once", () => {
  const receiver = new LaneReceiver(START);
  assert.equal(receiver.onFragment(fragment(0, "whole"), 0).length, 1);
  receiver.onFragment(fragment(2, "whole"), 0);
  receiver.takeAck();
  for (const at of [0, 2]) {
    assert.equal(receiver.onFragment(fragment(at, "whole"), 0).length, 0);
    assert.deepEqual(receiver.takeAck(), { next: START + 1, mask: 1 });
  }
  assert.equal(receiver.counts.get("duplicate"), 2);
});

Deno.test("no more than eight fragments ahead are kept; what lies beyond is counted", () => {
  const receiver = new LaneReceiver(START);
  for (let at = 1; at < 40; at++) receiver.onFragment(fragment(at, "whole"), 0);
  assert.equal(receiver.heldAhead, 7);
  assert.equal(receiver.heldBytes, 7000);
  assert.equal(receiver.counts.get("beyondWindow"), 32);
  assert.deepEqual(receiver.takeAck(), { next: START, mask: 0x7f });
  receiver.onFragment(fragment(2 ** 31 - 1, "whole"), 0);
  assert.equal(receiver.takeAck(), undefined, "what is not kept is not acknowledged");
});

Deno.test("a message of 16 kB comes out, of a larger one nothing is kept", () => {
  const receiver = new LaneReceiver(START);
  let now = 0;
  const feed = (count: number, last: Uint8Array) => {
    const whole: Uint8Array[] = [];
    for (let index = 0; index <= count; index++) {
      const flags = index === 0 ? "first" : index === count ? "last" : "middle";
      const part = index === count ? last : full;
      whole.push(...receiver.onFragment(fragment(next++, flags, part), now += 20));
      assert.ok(receiver.heldBytes <= 16 * 1024);
    }
    return whole;
  };
  let next = 0;
  assert.deepEqual(feed(16, full.subarray(0, 384)).map(({ length }) => length), [16_384]);
  assert.deepEqual(feed(16, full.subarray(0, 385)), []);
  assert.deepEqual(feed(500, full), []);
  assert.ok(receiver.counts.get("brokenMessage") >= 2);
  const [after] = receiver.onFragment(fragment(next, "whole", bytes("after")), now + 1000);
  assert.equal(text(after!), "after");
});

Deno.test("fragments that do not belong together are dropped, and the lane goes on", () => {
  const short = bytes("short");
  const cases: [string, Fragment[]][] = [
    ["a message that does not begin", [fragment(0, "last"), fragment(1, "middle")]],
    ["a message that begins twice", [fragment(0, "first"), fragment(1, "whole", short)]],
    ["a fragment in the middle that is not full", [
      fragment(0, "first"),
      fragment(1, "middle", short),
    ]],
    ["empty fragments without an end", [
      fragment(0, "first", full.subarray(0, 0)),
      fragment(1, "middle", full.subarray(0, 0)),
    ]],
  ];
  for (const [name, fragments] of cases) {
    const receiver = new LaneReceiver(START);
    for (const one of fragments) receiver.onFragment(one, 0);
    assert.ok(receiver.counts.get("brokenMessage") > 0, name);
    const messages = receiver.onFragment(fragment(2, "whole", bytes("after")), 0).map(text);
    assert.deepEqual(messages, ["after"], name);
    assert.equal(receiver.heldBytes, 0, name);
  }
});

Deno.test("a message that begins twice is the later one", () => {
  const receiver = new LaneReceiver(START);
  receiver.onFragment(fragment(0, "first"), 0);
  const messages = receiver.onFragment(fragment(1, "whole", bytes("later")), 0);
  assert.deepEqual(messages.map(text), ["later"]);
});

Deno.test("of a flood no more than 200 fragments a second are taken and acknowledged", () => {
  const receiver = new LaneReceiver();
  let acks = 0;
  for (let now = 0; now < 10_000; now++) {
    receiver.onFragment({ fragment: 0, isFirst: true, isLast: true, bytes: full }, now);
    if (receiver.takeAck()) acks++;
  }
  assert.ok(acks >= 2000 && acks <= 2064, `${acks}`);
  assert.equal(receiver.counts.get("overRate"), 10_000 - acks);
});
