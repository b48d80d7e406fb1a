import assert from "node:assert/strict";
import fc from "fast-check";
import { History } from "../../../../server/edge/sending/history.ts";
import { START } from "../../kit.ts";

const packet = (sequence: number) => ({ sequence, datagram: Uint8Array.of(sequence % 251) });

for (const start of [0, 1, 32_767, 65_534, 65_535]) {
  Deno.test(`keeps the latest packets, by number and by age, from ${start} on`, () => {
    const history = new History({ capacity: 100, maxAge: 2000 });
    for (let index = 0; index < 1000; index++) history.put(packet(start + index), START + index);
    const now = START + 999;
    assert.equal(history.size, 100);
    assert.equal(history.get(start + 899, now), undefined);
    assert.deepEqual(history.get(start + 900, now)?.datagram, packet(start + 900).datagram);
    assert.deepEqual(history.get(start + 999, now)?.datagram, packet(start + 999).datagram);
    assert.equal(history.get(start + 1000, now), undefined);
    assert.equal(history.get(start + 950, START + 950 + 2001), undefined);
  });
}

Deno.test("never holds a packet that is too old", () => {
  fc.assert(fc.property(
    fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 200 }),
    fc.integer({ min: 1, max: 40 }),
    (gaps, capacity) => {
      const history = new History({ capacity, maxAge: 1000 });
      const sentAt: number[] = [];
      let now = START;
      for (const [sequence, gap] of gaps.entries()) {
        now += gap;
        sentAt.push(now);
        history.put(packet(sequence), now);
        const kept = sentAt.filter((at, index) =>
          now - at <= 1000 && index > sequence - capacity
        ).length;
        assert.equal(history.size, kept);
      }
    },
  ));
});

Deno.test("the age can be raised, never lowered", () => {
  const history = new History({ capacity: 100, maxAge: 1000 });
  history.put(packet(1), START);
  history.keepFor(3000);
  history.keepFor(500);
  assert.equal(history.get(1, START + 3000)?.sentAt, START);
  assert.equal(history.get(1, START + 3001), undefined);
});

Deno.test("an empty history gives nothing", () => {
  const history = new History({ capacity: 4, maxAge: 10 });
  history.evict(START);
  assert.equal(history.size, 0);
  assert.equal(history.get(3, START), undefined);
});

Deno.test("packets since the last key frame stay, however old; those before it go by their age", () => {
  const history = new History({ capacity: 100, maxAge: 1000 });
  for (let sequence = 0; sequence < 20; sequence++) {
    const keepFrom = sequence < 8 ? 2 : 8;
    history.put({ sequence, datagram: new Uint8Array(10) }, sequence * 100, { keepFrom });
  }
  assert.equal(history.size, 12);
  history.evict(1_000_000);
  assert.equal(history.size, 12);
  assert.equal(history.get(7, 1_000_000), undefined);
  assert.ok(history.get(8, 1_000_000));
  assert.equal(history.bytesBetween(8, 20, 1_000_000), 120);
  assert.equal(history.bytesBetween(0, 10, 1_000_000), 20);
});

Deno.test("all packets together have at most so many bytes, those since the last key frame too", () => {
  const history = new History({ capacity: 1000, maxAge: Infinity, maxBytes: 8000 });
  for (let sequence = 0; sequence < 500; sequence++) {
    history.put({ sequence, datagram: new Uint8Array(50 + sequence % 100) }, 0, { keepFrom: 0 });
    assert.ok(history.byteLength <= 8000);
  }
  const kept = Array.from({ length: 500 }, (_, sequence) => history.get(sequence, 0));
  const first = kept.findIndex((one) => one !== undefined);
  assert.ok(kept.slice(first).every((one) => one !== undefined));
  assert.equal(kept.reduce((sum, one) => sum + (one?.datagram.length ?? 0), 0), history.byteLength);
  assert.ok(history.byteLength > 8000 - 150);
});

Deno.test("the bytes are counted exactly when the ring is full", () => {
  const history = new History({ capacity: 10, maxAge: Infinity, maxBytes: 1e6 });
  for (let sequence = 65_530; sequence < 65_560; sequence++) {
    history.put({ sequence, datagram: new Uint8Array(sequence % 7) }, 0);
  }
  let bytes = 0;
  for (let sequence = 65_550; sequence < 65_560; sequence++) bytes += sequence % 7;
  assert.deepEqual([history.size, history.byteLength], [10, bytes]);
});
