import assert from "node:assert/strict";
import fc from "fast-check";
import { LossRegister } from "../../../../client/receiving/repair/loss_register.ts";
import { SEQUENCE_STARTS } from "../../../loopback/scenario.ts";
import { runs } from "../../../runs.ts";

function missing(register: LossRegister): number[] {
  return [...register.missing].map(({ sequence }) => sequence);
}

for (const first of SEQUENCE_STARTS) {
  const open = (capacity = 100) => new LossRegister({ first, capacity });

  Deno.test(`the packets of a gap are missing until they come, from ${first}`, () => {
    const register = open();
    assert.equal(register.onCame(first, 10), true);
    assert.deepEqual(missing(register), []);
    register.onCame(first + 3, 20);
    assert.deepEqual(missing(register), [first + 1, first + 2]);
    assert.deepEqual([...register.missing].map(({ requestFrom }) => requestFrom), [20, 20]);
    assert.equal(register.onCame(first + 1, 30), true);
    assert.equal(register.onCame(first + 1, 30), false);
    assert.deepEqual(missing(register), [first + 2]);
    register.giveUp(first + 2);
    assert.equal(register.size, 0);
    register.onCame(first + 4, 40);
    assert.deepEqual(missing(register), [], "a packet that was given up stays so");
  });

  Deno.test(`lost packets at the beginning and the end are missing too, from ${first}`, () => {
    const register = open();
    register.onCame(first + 2, 5);
    assert.deepEqual(missing(register), [first, first + 1]);
    register.onSent(first + 4, 9);
    assert.deepEqual(missing(register), [first, first + 1, first + 3, first + 4]);
    assert.equal(register.sent, first + 4);
    register.onSent(first + 1, 99);
    assert.equal(register.sent, first + 4);
  });

  Deno.test(`packets that were overdue too early are registered again when they are sent, from ${first}`, () => {
    const register = open();
    register.onCame(first, 1);
    register.onSent(first + 3, 2);
    register.giveUp(first + 1);
    register.retract(first);
    assert.deepEqual(missing(register), []);
    register.onCame(first + 2, 7);
    assert.deepEqual(missing(register), [first + 1]);
  });

  Deno.test(`no more missing packets than the capacity are registered, the rest as those go, from ${first}`, () => {
    const register = open(3);
    register.onCame(first + 5, 1);
    register.onSent(first + 9, 1);
    assert.deepEqual(missing(register), [first, first + 1, first + 2]);
    register.onCame(first + 1, 2);
    assert.deepEqual(missing(register), [first, first + 2, first + 3]);
    register.giveUp(first);
    register.onCame(first + 3, 3);
    assert.deepEqual(missing(register), [first + 2, first + 4, first + 6]);
  });

  Deno.test(`in any order of arrivals, the packets that did not come are missing, from ${first}`, () => {
    const arrivals = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(arrivals, (offsets) => {
        const register = open(1000);
        for (const [index, offset] of offsets.entries()) {
          const isFirst = register.onCame(first + offset, index);
          assert.equal(isFirst, offsets.indexOf(offset) === index);
        }
        const came = new Set(offsets);
        const expected = Array.from({ length: Math.max(...offsets) }, (_, offset) => offset)
          .filter((offset) => !came.has(offset));
        assert.deepEqual(missing(register), expected.map((offset) => first + offset));
      }),
      runs(100),
    );
  });
}

type Step =
  | { readonly kind: "came" | "sent" | "giveUp" | "retract"; readonly offset: number }
  | { readonly kind: "hold"; readonly offset: number; readonly millis: number }
  | { readonly kind: "request" };

/** A register and, beside it, the holds, so that the next request can be computed by visiting every packet. */
class Checked {
  readonly register: LossRegister;
  readonly #heldUntil = new Map<number, number>();
  readonly #first: number;

  constructor(first: number, capacity: number) {
    this.#first = first;
    this.register = new LossRegister({ first, capacity });
  }

  take(step: Step, now: number, requestFrom: number): void {
    const { register } = this;
    if (step.kind === "request") return this.#request(now);
    const sequence = this.#first + step.offset;
    switch (step.kind) {
      case "came":
        this.#heldUntil.delete(sequence);
        return void register.onCame(sequence, requestFrom);
      case "sent":
        return register.onSent(sequence, requestFrom);
      case "giveUp":
        return register.giveUp(sequence);
      case "retract":
        return register.retract(sequence);
      case "hold":
        this.#heldUntil.set(sequence, now + step.millis);
        return register.hold(sequence, now + step.millis);
    }
  }

  /** The minimum over every missing packet. */
  nextRequestAt(repeatAt: number): number {
    const times = [...this.register.missing].map(({ sequence, requestFrom, requests }) => {
      const at = requests === 0 ? requestFrom : repeatAt;
      return Math.max(at, this.#heldUntil.get(sequence) ?? at);
    });
    return Math.min(...times);
  }

  #request(now: number): void {
    for (const [sequence, until] of this.#heldUntil) {
      if (until <= now) this.#heldUntil.delete(sequence);
    }
    const expected = [...this.register.missing].filter(({ sequence, requestFrom }) =>
      requestFrom <= now && !this.#heldUntil.has(sequence)
    );
    const due = this.register.due(now);
    assert.deepEqual(due, expected);
    this.register.onRequested(due.map(({ sequence }) => sequence));
  }
}

const offset = fc.nat(80);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("came" as const), offset }) },
  fc.record({ kind: fc.constantFrom("sent" as const, "giveUp" as const), offset }),
  fc.record({ kind: fc.constant("retract" as const), offset }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("hold" as const), offset, millis: fc.nat(60) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("request" as const) }) },
);

for (const first of SEQUENCE_STARTS) {
  Deno.test(`the next request is the earliest over all missing packets, from ${first}`, () => {
    const steps = fc.array(fc.tuple(step, fc.nat(10), fc.nat(20)), { maxLength: 150 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (taken, capacity) => {
        const checked = new Checked(first, capacity);
        let now = 1000;
        for (const [step, passed, wait] of taken) {
          now += passed;
          checked.take(step, now, now + wait);
          const repeatAt = now + wait;
          assert.equal(checked.register.nextRequestAt(repeatAt), checked.nextRequestAt(repeatAt));
        }
      }),
      runs(200),
    );
  });
}
