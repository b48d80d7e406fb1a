import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_JUMP, SequenceGate } from "../../../../client/receiving/stats/sequence_gate.ts";
import { networkOrder, packet, STARTS, T0, TIMESTAMP_STARTS } from "../../starts.ts";

const CLOCK_RATE = 90_000;
const FRAME_TICKS = 1800;
const FRAME_MILLIS = 20;

/** A gate of a stream that starts at `start`; packets are given by their number in the stream. */
class Fixture {
  readonly gate: SequenceGate;
  constructor(readonly start: number, readonly timestampBase = 5000) {
    this.gate = new SequenceGate({ clockRate: CLOCK_RATE, nextSequence: start, timestampBase });
  }
  admit(
    number: number,
    ticks = this.timestampBase + number * FRAME_TICKS,
    at = FRAME_MILLIS * number,
  ) {
    return this.gate.admit(packet({ sequence: this.start + number, ticks }), T0 + at)
      .map(({ sequence }) => sequence - this.start);
  }
}

for (const start of STARTS) {
  Deno.test(`everything that a network really does is admitted and unwrapped, from ${start}`, () => {
    fc.assert(fc.property(networkOrder(), (order) => {
      const fixture = new Fixture(start);
      for (const number of order) assert.deepEqual(fixture.admit(number), [number]);
      assert.equal(fixture.gate.takeRefused(), 0);
    }));
  });

  Deno.test(`one packet with a far number is never believed, from ${start}`, () => {
    fc.assert(fc.property(fc.integer({ min: MAX_JUMP + 12, max: 32_000 }), (distance) => {
      const fixture = new Fixture(start);
      for (let number = 0; number < 10; number++) fixture.admit(number);
      assert.deepEqual(fixture.admit(distance, undefined, 200), []);
      assert.deepEqual(fixture.admit(10), [10]);
      assert.equal(fixture.gate.highest, start + 10);
    }));
  });

  Deno.test(`after a long outage two neighbouring packets confirm each other, from ${start}`, () => {
    const fixture = new Fixture(start);
    for (let number = 0; number < 10; number++) fixture.admit(number);
    assert.deepEqual(fixture.admit(3000), []);
    assert.deepEqual(fixture.admit(3002), []);
    assert.deepEqual(fixture.admit(3001), [3000, 3002, 3001]);
    assert.deepEqual(fixture.admit(3003), [3003]);
    assert.equal(fixture.gate.takeRefused(), 0);
  });

  Deno.test(`a sender report that reaches far enough admits a held packet, from ${start}`, () => {
    const fixture = new Fixture(start);
    fixture.admit(0);
    assert.deepEqual(fixture.admit(500), []);
    const released = fixture.gate.confirmSent(start + 510);
    assert.deepEqual(released.map(({ sequence }) => sequence - start), [500]);
    assert.equal(fixture.gate.highest, start + 510);
  });
}

for (const timestampBase of TIMESTAMP_STARTS) {
  Deno.test(`timestamps are unwrapped from base ${timestampBase}`, () => {
    const gate = new SequenceGate({ clockRate: CLOCK_RATE, nextSequence: 65_530, timestampBase });
    for (let number = 0; number < 100; number++) {
      const ticks = timestampBase + number * FRAME_TICKS;
      const [arrival] = gate.admit(packet({ sequence: 65_530 + number, ticks }), T0 + number * 20);
      assert.equal(arrival?.ticks, ticks);
    }
  });
}

Deno.test("ten hours after the base the first timestamp is still unwrapped correctly", () => {
  const timestampBase = 2 ** 32 - 1;
  const gate = new SequenceGate({ clockRate: CLOCK_RATE, nextSequence: 9, timestampBase });
  const ticks = timestampBase + 10 * 3600 * CLOCK_RATE;
  assert.equal(gate.admit(packet({ sequence: 9, ticks }), T0)[0]?.ticks, ticks);
});

Deno.test("a packet with a far timestamp is held, and the stream continues", () => {
  const fixture = new Fixture(100);
  for (let number = 0; number < 10; number++) fixture.admit(number);
  assert.deepEqual(fixture.admit(10, 5000 + 60 * CLOCK_RATE), []);
  assert.deepEqual(fixture.admit(11), [11]);
});

Deno.test("a stream whose timestamps really jumped continues after one held packet", () => {
  const fixture = new Fixture(100);
  const jumped = (number: number) =>
    fixture.admit(number, 5000 + number * FRAME_TICKS + 3600 * CLOCK_RATE);
  for (let number = 0; number < 10; number++) fixture.admit(number);
  assert.deepEqual(jumped(10), []);
  assert.deepEqual(jumped(11), [10, 11]);
  assert.deepEqual(jumped(12), [12]);
});

Deno.test("packets older than the first one for this listener are refused and counted", () => {
  const fixture = new Fixture(65_536);
  assert.deepEqual(fixture.admit(-1), []);
  assert.deepEqual(fixture.admit(0), [0]);
  assert.deepEqual(fixture.admit(-5), []);
  assert.equal(fixture.gate.takeRefused(), 2);
  assert.equal(fixture.gate.takeRefused(), 0);
});

Deno.test("the number of held packets is bounded, and the oldest is refused for a new one", () => {
  const fixture = new Fixture(0);
  fixture.admit(0);
  for (let index = 0; index < 100; index++) fixture.admit(1000 + index * 7);
  assert.equal(fixture.gate.takeRefused(), 92);
  assert.equal(fixture.gate.highest, 0);
});

Deno.test("copies of one far packet do not confirm each other", () => {
  const fixture = new Fixture(0);
  fixture.admit(0);
  for (let copy = 0; copy < 5; copy++) assert.deepEqual(fixture.admit(2000), []);
});

Deno.test("a sender report with a far number needs a second one that agrees", () => {
  const { gate } = new Fixture(0);
  gate.confirmSent(20);
  assert.equal(gate.highest, 20, "near the highest number");
  gate.confirmSent(1_000_000);
  assert.equal(gate.highest, 20);
  gate.confirmSent(50);
  assert.equal(gate.highest, 50, "a true report after a false one is believed");
  gate.confirmSent(600);
  gate.confirmSent(900);
  assert.equal(gate.highest, 900, "after an outage of many seconds");
});

Deno.test("an admitted payload is a copy, because the socket's buffer is used again", () => {
  const { gate } = new Fixture(0);
  const buffer = Uint8Array.of(1, 2, 3);
  const [arrival] = gate.admit(packet({ sequence: 0, ticks: 5000, payload: buffer }), T0);
  buffer.fill(9);
  assert.deepEqual(arrival?.payload, Uint8Array.of(1, 2, 3));
});

Deno.test("no packets in any order move the highest number further than they confirm", () => {
  const anything = fc.array(
    fc.record({ sequence: fc.nat(65_535), ticks: fc.nat(2 ** 32 - 1), at: fc.nat(60_000) }),
    { maxLength: 100 },
  );
  fc.assert(fc.property(anything, (packets) => {
    const gate = new SequenceGate({
      clockRate: CLOCK_RATE,
      nextSequence: 40_000,
      timestampBase: 7,
    });
    let admitted = 0;
    let refused = 0;
    for (const { sequence, ticks, at } of packets) {
      const arrivals = gate.admit(packet({ sequence, ticks }), T0 + at);
      admitted += arrivals.length;
      for (const arrival of arrivals) assert.ok(arrival.sequence >= 40_000);
      refused += gate.takeRefused();
    }
    const held = packets.length - admitted - refused;
    assert.ok(held >= 0 && held <= 8, `${held} held`);
  }));
});

Deno.test("false reports, though believed, make no real packet unreadable", () => {
  for (const start of STARTS) {
    const { gate, admit } = fixed(start);
    for (let number = 0; number < 10; number++) admit(number);
    for (const count of [1_000_000, 1_000_500, 5_000_000]) gate.confirmSent(start + count);
    assert.equal(gate.highest, start + 1_000_500);
    for (let number = 10; number < 200; number++) {
      const sequence = start + number;
      assert.ok(gate.candidates(sequence % 65_536).includes(sequence));
      assert.deepEqual(admit(number), [number]);
    }
    assert.equal(gate.takeRefused(), 0);
  }
});

function fixed(start: number) {
  const { gate } = new Fixture(start);
  const admit = (number: number) => {
    const received = packet({ sequence: start + number, ticks: 5000 + number * FRAME_TICKS });
    return gate.admit(received, T0 + number * FRAME_MILLIS, start + number)
      .map(({ sequence }) => sequence - start);
  };
  return { gate, admit };
}

for (const start of STARTS) {
  Deno.test(`a packet's frame number is unwrapped, and its marker kept, from ${start}`, () => {
    const gate = new SequenceGate({ clockRate: 90_000, nextSequence: start, timestampBase: 0 });
    const frames = [2 ** 32 - 3, 2 ** 32 - 1, 0, 2, 2 ** 31];
    const admitted = frames.map((frameNumber, index) => {
      const marked = { ...packet({ sequence: start + index }), frameNumber, marker: index > 2 };
      return gate.admit(marked, T0)[0]!;
    });
    assert.deepEqual(admitted.map(({ frameNumber }) => frameNumber! - 2 ** 32), [
      -3,
      -1,
      0,
      2,
      2 ** 31,
    ]);
    assert.deepEqual(admitted.map(({ marker }) => marker ?? false), [
      false,
      false,
      false,
      true,
      true,
    ]);
    assert.equal(gate.admit(packet({ sequence: start + 5 }), T0)[0]!.frameNumber, undefined);
  });

  Deno.test(`one forged frame number moves no later one, from ${start}`, () => {
    const gate = new SequenceGate({ clockRate: 90_000, nextSequence: start, timestampBase: 0 });
    const read = [5, 2 ** 31 + 4, 6, 2 ** 32 - 1, 7].map((frameNumber, index) =>
      gate.admit({ ...packet({ sequence: start + index }), frameNumber }, T0)[0]!.frameNumber
    );
    assert.deepEqual([read[0], read[2], read[4]], [5, 6, 7]);
  });

  Deno.test(`nor do many that each go on from the one before, from ${start}`, () => {
    const gate = new SequenceGate({ clockRate: 90_000, nextSequence: start, timestampBase: 0 });
    const far = [2 ** 30, 3 * 2 ** 30, 2 ** 30 + 7, 3 * 2 ** 30 + 9, 2 ** 32 - 1, 2 ** 31];
    const read = [5, ...far, 6, ...far, 7].map((frameNumber, index) =>
      gate.admit({ ...packet({ sequence: start + index }), frameNumber }, T0)[0]!.frameNumber
    );
    assert.deepEqual([read[0], read[7], read[14]], [5, 6, 7]);
  });

  Deno.test(`a retransmission from before the join may be older than any delay, from ${start}`, () => {
    const base = start + 20_000;
    const gate = new SequenceGate({ clockRate: 90_000, nextSequence: base, timestampBase: 0 });
    const minute = 60 * 90_000;
    gate.admit(packet({ sequence: base, ticks: minute }), T0 + 60_000);
    const past = packet({ sequence: base - 16_000, ticks: 90_000 });
    const wanted = (first: number) => ({ first, isPaced: true });
    const taken = gate.admitRepaired(past, T0 + 60_000, wanted(base - 16_384));
    assert.deepEqual([taken?.sequence, taken?.ticks], [base - 16_000, 90_000]);
    assert.equal(gate.highest, base, "it moves nothing");
    assert.equal(
      gate.admitRepaired(past, T0 + 60_000, wanted(base)),
      undefined,
      "sound has no past",
    );
    const now = packet({ sequence: base + 1, ticks: 90_000 });
    assert.equal(gate.admitRepaired(now, T0 + 60_000, wanted(base)), undefined);
  });
}
