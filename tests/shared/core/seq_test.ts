import assert from "node:assert/strict";
import fc from "fast-check";
import {
  SequenceUnwrapper,
  TimestampUnwrapper,
  toSequenceNumber,
  toTimestamp,
  TransportTimeUnwrapper,
} from "../../../shared/core/seq.ts";
import { runs } from "../../runs.ts";

/** The same contract at each width, from every start where public implementations have erred. */
const WIDTHS = [
  {
    name: "sequence numbers",
    modulus: 2 ** 16,
    make: (start?: number) => new SequenceUnwrapper(start),
    wrap: toSequenceNumber,
  },
  {
    name: "timestamps",
    modulus: 2 ** 32,
    make: (start?: number) => new TimestampUnwrapper(start),
    wrap: toTimestamp,
  },
  {
    name: "times of MPEG-TS",
    modulus: 2 ** 33,
    make: (start?: number) => new TransportTimeUnwrapper(start),
    // Nothing writes them, so the product has no such function.
    wrap: (ticks: number) => Number(BigInt.asUintN(33, BigInt(ticks))),
  },
];

for (const { name, modulus, make, wrap } of WIDTHS) {
  const half = modulus / 2;
  const starts = [0, 1, half - 1, half, modulus - 2, modulus - 1];

  for (const start of starts) {
    Deno.test(`${name} from ${start}: grow by one across wraps`, () => {
      const unwrapper = make();
      for (let step = 0; step < 200; step++) {
        assert.equal(unwrapper.unwrap(wrap(start + step)), start + step);
      }
    });

    Deno.test(`${name} from ${start}: grow across many wraps in leaps`, () => {
      const unwrapper = make();
      const leap = Math.floor(modulus / 3);
      for (let step = 0; step < 50; step++) {
        assert.equal(unwrapper.unwrap(wrap(start + step * leap)), start + step * leap);
      }
    });

    Deno.test(`${name} from ${start}: late ones and copies come out as what they were`, () => {
      const unwrapper = make();
      assert.equal(unwrapper.unwrap(wrap(start)), start);
      for (const offset of [5, 3, 5, 4, 1, 9, 0, -1, -7, 2, 10]) {
        assert.equal(unwrapper.unwrap(wrap(start + offset)), start + offset);
      }
    });

    Deno.test(`${name} from ${start}: just under half ahead is forward, half is back`, () => {
      const unwrapper = make(start);
      assert.equal(unwrapper.peek(wrap(start + half - 1)), start + half - 1);
      assert.equal(unwrapper.peek(wrap(start + half)), start - half);
      assert.equal(unwrapper.peek(wrap(start - half + 1)), start - half + 1);
    });

    Deno.test(`${name} from ${start}: one that is very late takes nothing back`, () => {
      const unwrapper = make();
      unwrapper.unwrap(wrap(start));
      assert.equal(unwrapper.unwrap(wrap(start - half + 1)), start - half + 1);
      assert.equal(unwrapper.unwrap(wrap(start + 10)), start + 10);
    });

    Deno.test(`${name} from ${start}: any mix of loss, copies and lateness, against a model`, () => {
      const offsets = fc.array(fc.integer({ min: -400, max: Math.min(half - 1, 20_000) }), {
        maxLength: 300,
      });
      fc.assert(
        fc.property(offsets, (steps) => {
          const unwrapper = make();
          unwrapper.unwrap(wrap(start));
          let highest = start;
          for (const step of steps) {
            const sent = highest + step;
            assert.equal(unwrapper.peek(wrap(sent)), sent);
            assert.equal(unwrapper.unwrap(wrap(sent)), sent);
            highest = Math.max(highest, sent);
          }
        }),
        runs(100),
      );
    });
  }

  Deno.test(`${name}: a look changes nothing`, () => {
    const unwrapper = make(10);
    assert.equal(unwrapper.peek(wrap(10 + half - 1)), 10 + half - 1);
    assert.equal(unwrapper.unwrap(11), 11);
    const untouched = make();
    assert.equal(untouched.peek(77), 77);
    assert.equal(untouched.unwrap(modulus - 1), modulus - 1);
  });

  Deno.test(`${name}: a start that has gone round already is gone on from`, () => {
    const start = 5 * modulus + (modulus - 2);
    const unwrapper = make(start);
    assert.equal(unwrapper.unwrap(wrap(start)), start);
    assert.equal(unwrapper.unwrap(1), start + 3);
    assert.equal(unwrapper.unwrap(wrap(start - 9)), start - 9);
  });

  Deno.test(`${name}: wrapping is the way back, below 0 too`, () => {
    assert.equal(wrap(modulus), 0);
    assert.equal(wrap(-1), modulus - 1);
    assert.equal(wrap(-modulus - 1), modulus - 1);
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), (extended) => {
        const wrapped = wrap(extended);
        assert.ok(wrapped >= 0 && wrapped < modulus && !Object.is(wrapped, -0));
        assert.equal(make(extended).unwrap(wrapped), extended);
      }),
      runs(300),
    );
  });
}

Deno.test("ticks with a fraction are rounded before they are wrapped", () => {
  assert.equal(toTimestamp(2 ** 32 - 0.4), 0);
  assert.equal(toTimestamp(-0.4), 0);
  assert.equal(toTimestamp(1.5), 2);
});
