import assert from "node:assert/strict";
import fc from "fast-check";
import { LastMessage } from "../../../shared/data/last_message.ts";
import { runs } from "../../runs.ts";

/** Sends packets from a sequence number on: the count of each, with a `!` where it ends its message. */
function sent(start: number, ...packets: string[]): LastMessage {
  const last = new LastMessage();
  for (const [index, packet] of packets.entries()) {
    const isLast = packet.endsWith("!");
    last.onPacket({ sequence: start + index, count: parseInt(packet), isLast });
  }
  return last;
}

for (const start of [0, 65_530, 65_535]) {
  Deno.test(`the start is the first packet of the last whole message, from ${start} on`, () => {
    assert.equal(sent(start).start, undefined);
    assert.equal(sent(start, "1", "1!").start, start);
    assert.equal(sent(start, "1", "1!", "2", "2").start, start);
    assert.equal(sent(start, "1", "1!", "2", "2!").start, start + 2);
    assert.equal(sent(start, "1!", "2!", "3!", "4").start, start + 2);
  });
}

Deno.test("while no message is whole, the start is the first packet of all", () => {
  assert.equal(sent(7, "1", "1").start, 7);
  assert.equal(sent(7, "1", "2", "1").start, 7);
});

Deno.test("a small message that overtakes a large one is the last, also when the large one is whole", () => {
  assert.equal(sent(0, "1", "1", "2", "2!", "1").start, 2);
  assert.equal(sent(0, "1", "1", "2", "2!", "1", "1!").start, 2);
  assert.equal(sent(0, "1", "2!", "1!", "3", "3!").start, 3);
});

Deno.test("however packets of messages follow each other, it is what looking at all of them again would give", () => {
  const packets = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 12 }), isLast: fc.boolean() }),
  );
  fc.assert(
    fc.property(packets, fc.nat(70_000), (all, base) => {
      const last = new LastMessage();
      const firsts = new Map<number, number>();
      let whole: { count: number; first: number } | undefined;
      for (const [index, { count, isLast }] of all.entries()) {
        const sequence = base + index;
        const first = firsts.get(count) ?? sequence;
        firsts.set(count, first);
        if (isLast) firsts.delete(count);
        const isNewest = isLast && count >= (whole?.count ?? 0);
        if (isNewest) whole = { count, first };
        assert.equal(last.onPacket({ sequence, count, isLast }), isNewest);
        assert.equal(last.start, whole?.first ?? base);
      }
    }),
    runs(300),
  );
});
