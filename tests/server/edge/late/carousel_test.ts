import assert from "node:assert/strict";
import fc from "fast-check";
import { runs } from "../../../runs.ts";
import { Carousel, type CarouselOptions } from "../../../../server/edge/late/carousel.ts";
import { History } from "../../../../server/edge/sending/history.ts";
import type { Session } from "../../../../server/edge/sessions/sessions.ts";

const START = 1000;
const END = 5000;

/** @param sent takes the number of each packet that is sent, and to how many. */
function carousel(sent: (sequence: number, to: number) => void = () => {}): Carousel {
  const history = new History({ capacity: 8192, maxAge: Infinity });
  for (let sequence = START; sequence < END; sequence++) {
    const datagram = new Uint8Array(20);
    new DataView(datagram.buffer).setUint32(0, sequence);
    history.put({ sequence, datagram }, 0);
  }
  const rtx = { packRtx: (datagram: Uint8Array) => ({ sequence: 0, datagram }) };
  const outbox = {
    isHalfFull: false,
    sendRepair: (to: readonly unknown[], datagram: Uint8Array) =>
      sent(new DataView(datagram.buffer).getUint32(0), to.length),
  };
  return new Carousel({
    channel: { history, rtx } as unknown as CarouselOptions["channel"],
    start: START,
    outbox: outbox as unknown as CarouselOptions["outbox"],
    protect: ({ datagram }) => datagram,
    rate: () => 1200,
  });
}

function listener(): Session {
  return { hasLeft: false, holdOffMillis: 20 } as unknown as Session;
}

Deno.test("who has left is forgotten, however many come and go between two key frames", () => {
  const late = carousel();
  let now = 0;
  for (let count = 0; count < 200; count++) {
    const session = { hasLeft: false, holdOffMillis: 20 };
    const one = session as unknown as Session;
    late.add(one, END, now);
    for (const end = now + 100; now < end; now += 5) late.advance(now);
    session.hasLeft = true;
    late.forget(one);
    assert.ok(late.size <= 2, `${late.size} are remembered`);
  }
});

Deno.test("listeners begin later: what is before is sent to nobody, and the rest to those who lack it", () => {
  const sent: [number, number][] = [];
  const late = carousel((sequence, to) => sent.push([sequence, to]));
  const [early, middle, last] = [listener(), listener(), listener()];
  late.add(early, 1300, 0);
  late.add(middle, 1600, 0);
  late.add(last, 2000, 0);
  for (let now = 0; now < 3; now++) late.advance(now);
  const before = sent.length;
  assert.ok(before > 50 && before < 500, `${before} in the first steps`);
  late.beginFrom(1500);
  assert.deepEqual([early, middle, last].map((one) => late.isServing(one)), [false, true, true]);
  assert.equal(late.size, 2);
  for (let now = 3; now < 100; now++) late.advance(now);
  const after = sent.slice(before);
  assert.deepEqual(
    after.map(([sequence]) => sequence),
    Array.from({ length: 500 }, (_, at) => 1500 + at),
  );
  assert.ok(after.every(([sequence, to]) => to === (sequence < 1600 ? 2 : 1)));
  assert.equal(late.deadline, Infinity);
  assert.equal(late.request(last, 1499, 200), "gone");
  assert.equal(late.request(early, 1550, 200), "gone");
  assert.equal(late.request(middle, 1550, 200), undefined);
  late.advance(205);
  assert.deepEqual(sent.slice(before + 500), [[1550, 1]]);
});

Deno.test("nobody is left where listeners begin after all have joined, and an earlier beginning changes nothing", () => {
  const late = carousel();
  const session = listener();
  late.add(session, 1300, 0);
  late.beginFrom(900);
  assert.equal(late.isServing(session), true);
  late.beginFrom(1300);
  assert.deepEqual([late.size, late.deadline], [0, Infinity]);
  late.add(session, 1300, 0);
  assert.equal(late.size, 0, "it lacks nothing");
});

Deno.test("wherever and whenever listeners begin, each gets what it lacks from there on, once", () => {
  const step = fc.record({ join: fc.nat(400), begin: fc.nat(60), run: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const got = new Map<number, number>();
      const late = carousel((sequence, to) => got.set(sequence, (got.get(sequence) ?? 0) + to));
      let [start, now] = [START, 0];
      const ends: { end: number; from: number }[] = [];
      for (const { join, begin, run } of steps) {
        start += begin;
        late.beginFrom(start);
        const end = START + 200 + join;
        late.add(listener(), end, now);
        ends.push({ end, from: start });
        for (const until = now + run; now < until; now++) late.advance(now);
      }
      for (const until = now + 100; now < until; now++) late.advance(now);
      assert.equal(late.deadline, Infinity);
      for (let sequence = START; sequence < START + 900; sequence++) {
        const may = ends.filter(({ end, from }) => sequence >= from && sequence < end).length;
        const times = got.get(sequence) ?? 0;
        assert.ok(times <= may);
        if (sequence >= start) assert.equal(times, may, `${sequence}`);
      }
    }),
    runs(100),
  );
});
