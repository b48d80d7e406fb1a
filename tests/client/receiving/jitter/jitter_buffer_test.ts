import assert from "node:assert/strict";
import fc from "fast-check";
import { JitterBuffer, MAX_BUFFERED } from "../../../../client/receiving/jitter/jitter_buffer.ts";
import type { TargetDelay } from "../../../../client/receiving/jitter/jitter_buffer.ts";
import type { Arrival } from "../../../../client/receiving/stats/arrival.ts";
import { networkOrder, STARTS, T0 } from "../../starts.ts";

/** At 1 kHz a tick is a millisecond, which keeps the cases readable. */
const CLOCK_RATE = 1000;
const FRAME = 20;
const TARGET = 100;

function open(
  base: number,
  mode: "playout" | "order" | "arrival" = "playout",
  target: TargetDelay = { millis: TARGET },
) {
  return new JitterBuffer({ clockRate: CLOCK_RATE, base, target, mode });
}

function arrival(sequence: number, mediaTime: number, arrivedAt: number): Arrival {
  return { sequence, ticks: mediaTime, arrivedAt: T0 + arrivedAt, payload: new Uint8Array(1) };
}

/** Takes out everything due up to `until`, each at its own time, as the driver would. */
function drain(buffer: JitterBuffer, until: number) {
  const out: { sequence: number; at: number; lostBefore: number }[] = [];
  while (buffer.deadline !== undefined && buffer.deadline <= T0 + until) {
    const at = Math.max(buffer.deadline, T0);
    const released = buffer.pop(at);
    assert.ok(released, "a deadline in the past must release something");
    const { arrival: { sequence }, lostBefore } = released;
    out.push({ sequence, at: at - T0, lostBefore });
  }
  return out;
}

Deno.test("a packet plays at media time + lowest transit + target", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 30));
  buffer.push(arrival(1, 20, 55));
  assert.deepEqual(drain(buffer, 1000), [
    { sequence: 0, at: 130, lostBefore: 0 },
    { sequence: 1, at: 150, lostBefore: 0 },
  ]);
  assert.equal(buffer.emitted, 2);
  assert.equal(buffer.delaySum, 100 + 95);
});

Deno.test("a lost packet does not delay the next one", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 0));
  buffer.push(arrival(3, 60, 60));
  assert.deepEqual(drain(buffer, 1000), [
    { sequence: 0, at: 100, lostBefore: 0 },
    { sequence: 3, at: 160, lostBefore: 2 },
  ]);
  assert.equal(buffer.maxGap, 2);
});

Deno.test("a packet after its time is refused, whether or not a later one has left", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 0));
  buffer.push(arrival(2, 40, 40));
  assert.equal(buffer.push(arrival(1, 20, 121)), "late");
  drain(buffer, 1000);
  assert.equal(buffer.push(arrival(1, 20, 1000)), "late");
  assert.equal(buffer.push(arrival(3, 60, 160)), "buffered", "at the last moment");
});

Deno.test("excused lateness is accepted until a later packet has left", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 0));
  assert.equal(buffer.push(arrival(1, 20, 900), { isExcused: true }), "buffered");
  drain(buffer, 1000);
  assert.equal(buffer.push(arrival(0, 0, 901), { isExcused: true }), "late");
});

Deno.test("a path that stays slower is followed after one second", () => {
  const buffer = open(0);
  const outcomes: string[] = [];
  for (let index = 0; index < 200; index++) {
    const delay = index < 50 ? 10 : 400;
    outcomes.push(buffer.push(arrival(index, index * FRAME, index * FRAME + delay)));
    drain(buffer, index * FRAME + delay);
  }
  assert.ok(outcomes.slice(0, 50).every((outcome) => outcome === "buffered"));
  assert.equal(outcomes[50], "late");
  const late = outcomes.filter((outcome) => outcome === "late").length;
  assert.equal(late, 1000 / FRAME, "one second is missed");
  assert.equal(outcomes.at(-1), "buffered");
});

Deno.test("some late packets among others cause no restart", () => {
  const buffer = open(0);
  for (let index = 0; index < 300; index++) {
    const delay = index % 3 === 1 ? 150 : 10;
    const outcome = buffer.push(arrival(index, index * FRAME, index * FRAME + delay));
    assert.equal(outcome, delay === 150 ? "late" : "buffered", `${index}`);
    drain(buffer, index * FRAME + delay);
  }
});

Deno.test("a changed target applies to packets that already wait", () => {
  const target = { millis: 100 };
  const buffer = open(0, "playout", target);
  buffer.push(arrival(0, 0, 0));
  target.millis = 40;
  assert.deepEqual(drain(buffer, 1000), [{ sequence: 0, at: 40, lostBefore: 0 }]);
});

Deno.test("in order mode packets leave at once while nothing is missing", () => {
  const buffer = open(5, "order");
  buffer.push(arrival(5, 0, 10));
  assert.deepEqual(drain(buffer, 10), [{ sequence: 5, at: 10, lostBefore: 0 }]);
  buffer.push(arrival(7, 40, 50));
  assert.deepEqual(drain(buffer, 60), [], "packet 6 may still come");
  buffer.push(arrival(6, 20, 70));
  assert.deepEqual(drain(buffer, 70).map(({ sequence }) => sequence), [6, 7]);
  buffer.push(arrival(9, 1000, 1010));
  assert.deepEqual(drain(buffer, 99_999), [], "packet 8 is waited for without limit");
  assert.equal(buffer.flush(T0 + 99_999), undefined);
  buffer.push(arrival(8, 60, 100_000), { isRepair: true });
  assert.deepEqual(drain(buffer, 100_000).map(({ sequence }) => sequence), [8, 9]);
});

Deno.test("a retransmission is played if in time, and does not measure the path", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 0));
  buffer.push(arrival(3, 60, 60));
  assert.equal(buffer.push(arrival(1, 20, 120), { isRepair: true }), "buffered");
  assert.equal(buffer.push(arrival(2, 40, 140.1), { isRepair: true }), "late");
  // If they counted as late originals, the path would be taken as slower after one second.
  for (let index = 4; index < 60; index++) {
    buffer.push(arrival(index, index * 20, index * 20 + 1000), { isRepair: true });
  }
  assert.equal(buffer.lowestTransit, T0);
});

Deno.test("in order mode a packet is never late before a later one has left", () => {
  const buffer = open(0, "order");
  buffer.push(arrival(0, 0, 0));
  drain(buffer, 0);
  assert.equal(buffer.push(arrival(1, 20, 5000)), "buffered");
});

Deno.test("a full buffer gives out its oldest packets early and loses none", () => {
  const buffer = open(0, "playout", { millis: 1e9 });
  for (let index = 0; index < MAX_BUFFERED + 10; index++) buffer.push(arrival(index, index, index));
  const early = drain(buffer, MAX_BUFFERED + 10);
  assert.deepEqual(early.map(({ sequence }) => sequence), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(buffer.size, MAX_BUFFERED);
});

Deno.test("flush gives out the rest in order, with the gaps counted", () => {
  const buffer = open(0);
  for (const index of [0, 4, 2]) buffer.push(arrival(index, index * FRAME, index * FRAME));
  const rest = [buffer.flush(T0 + 90), buffer.flush(T0 + 90), buffer.flush(T0 + 90)];
  assert.deepEqual(rest.map((released) => released?.arrival.sequence), [0, 2, 4]);
  assert.deepEqual(rest.map((released) => released?.lostBefore), [0, 1, 1]);
  assert.equal(buffer.flush(T0 + 90), undefined);
});

for (const start of STARTS) {
  for (const mode of ["playout", "order"] as const) {
    Deno.test(`whatever a network does, ${mode} mode gives each packet once, in order and in time, from ${start}`, () => {
      const delays = fc.array(fc.nat(250), { minLength: 1, maxLength: 50 });
      fc.assert(fc.property(networkOrder(150), delays, (order, delays) => {
        const buffer = open(start, mode);
        const packets = [...new Set(order)].map((number, index) => {
          const mediaTime = number * FRAME;
          return { number, mediaTime, arrivedAt: mediaTime + delays[index % delays.length]! };
        }).sort((one, other) => one.arrivedAt - other.arrivedAt);
        const kept: number[] = [];
        const out: ReturnType<typeof drain> = [];
        let lowest = Infinity;
        for (const { number, mediaTime, arrivedAt } of packets) {
          out.push(...drain(buffer, arrivedAt));
          if (buffer.push(arrival(start + number, mediaTime, arrivedAt)) === "buffered") {
            kept.push(start + number);
          }
          lowest = Math.min(lowest, arrivedAt - mediaTime);
        }
        out.push(...drain(buffer, 1e6));
        const sequences = out.map(({ sequence }) => sequence);
        const expected = kept.toSorted((one, other) => one - other)
          .filter((sequence, index) => mode === "playout" || sequence === start + index);
        assert.deepEqual(sequences, expected);
        out.reduce((next, { sequence, lostBefore }) => {
          assert.equal(lostBefore, sequence - next);
          return sequence + 1;
        }, start);
        if (mode === "order") return;
        // A faster packet makes deadlines earlier, so the lowest transit of all gives the final ones.
        const slack = Math.max(...delays) - lowest;
        for (const { sequence, at } of out) {
          const due = (sequence - start) * FRAME + lowest + TARGET;
          assert.ok(at >= due && at <= due + slack, `${sequence} at ${at}, due ${due}`);
        }
      }));
    });
  }
}

Deno.test("wrong timestamps never delay a packet beyond its own time", () => {
  const anything = fc.array(fc.tuple(fc.nat(60), fc.nat(5000)), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(anything, (packets) => {
    const buffer = open(0);
    const due = new Map<number, number>();
    const seen = new Set<number>();
    let lastSequence = -1;
    packets.forEach(([sequence, mediaTime], index) => {
      if (seen.has(sequence)) return;
      seen.add(sequence);
      const at = index * 5;
      if (buffer.push(arrival(sequence, mediaTime, at)) === "buffered") {
        due.set(sequence, at + TARGET);
      }
      for (const out of drain(buffer, at)) check(out);
    });
    for (const out of drain(buffer, 1e9)) check(out);
    assert.equal(due.size, 0);
    function check({ sequence, at }: { sequence: number; at: number }) {
      assert.ok(sequence > lastSequence);
      lastSequence = sequence;
      // Arrival + target is the latest possible time, since the lowest transit is at most its own.
      assert.ok(at <= due.get(sequence)!, `${sequence} at ${at}`);
      due.delete(sequence);
    }
  }));
});

Deno.test("a packet with a later timestamp than the next one does not delay it", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 50, 0));
  buffer.push(arrival(1, 0, 0));
  assert.deepEqual(drain(buffer, 1000).map(({ at }) => at), [50, 50]);
});

Deno.test("an excused packet asks to be played when it came, so that playing it is no pause of the program", () => {
  const buffer = open(0);
  buffer.push(arrival(0, 0, 0));
  drain(buffer, 100);
  buffer.push(arrival(1, 20, 900), { isExcused: true });
  assert.equal(buffer.deadline, T0 + 900);
});

Deno.test("late by the host's clock: packets are refused, but after a second the fastest packets count anew", () => {
  const target = { millis: TARGET, isOnHostTime: true, transit: () => T0 + TARGET };
  const buffer = open(0, "playout", target);
  buffer.push(arrival(0, 0, 0));
  for (let index = 1; index <= 100; index++) {
    const outcome = buffer.push(arrival(index, index * FRAME, index * FRAME + 400));
    assert.equal(outcome, "late");
  }
  assert.equal(buffer.lowestTransit, T0 + 400);
});

for (const start of STARTS) {
  Deno.test(`in arrival mode no packet waits, whatever its place and time, from ${start}`, () => {
    const asked: number[] = [];
    const target = { millis: TARGET, onArrival: (lateBy: number) => void asked.push(lateBy) };
    const buffer = open(start, "arrival", target);
    for (const [index, at] of [[0, 30], [5, 40], [2, 5000]] as const) {
      assert.equal(buffer.push(arrival(start + index, index * FRAME, at)), "left");
      assert.deepEqual([buffer.size, buffer.deadline, buffer.pop(T0 + 9999)], [
        0,
        undefined,
        undefined,
      ]);
    }
    assert.equal(buffer.next, start + 6);
    assert.equal(buffer.emitted, 3);
    assert.deepEqual(asked, [], "the arrival of a packet says nothing of the delay needed");
    assert.equal(buffer.lowestTransit, T0 + 40 - 5 * FRAME);
    buffer.onWhole(5 * FRAME, T0 + 190, false);
    assert.deepEqual(asked, [190 - 40 - TARGET]);
  });
}

Deno.test("in arrival mode the clock follows the packets that tell of the path, also when it becomes slower", () => {
  const buffer = open(0, "arrival");
  const give = (index: number, transit: number, isTimed: boolean) => {
    const one = arrival(index, index * FRAME, index * FRAME + transit);
    buffer.push(one, { timed: isTimed ? { arrival: one, isAnew: false } : undefined });
  };
  give(0, 30, true);
  for (let index = 1; index < 50; index++) give(index, 10, false);
  assert.equal(buffer.lowestTransit, T0 + 30);
  for (let index = 50; index < 90; index++) give(index, 400, true);
  assert.equal(buffer.lowestTransit, T0 + 30, "not at once");
  for (let index = 90; index < 120; index++) give(index, 400, true);
  assert.equal(buffer.lowestTransit, T0 + 400);
  const excused = arrival(120, 120 * FRAME, 120 * FRAME + 900);
  buffer.push(excused, { isExcused: true });
  assert.equal(buffer.lowestTransit, T0 + 400);
});
