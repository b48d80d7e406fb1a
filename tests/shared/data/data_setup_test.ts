import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DataSetup,
  levelOf,
  parseDataSetup,
  readDataSetup,
  splitDataSetup,
} from "../../../shared/data/data_setup.ts";
import { runs } from "../../runs.ts";

const WHOLE: DataSetup = {
  values: {
    energy: {
      title: "Beam energy",
      unit: "MeV",
      precision: 2,
      minimum: 0,
      maximum: 7000,
      warn: [5790, 5810],
      alarm: [5700, 5900],
    },
    mode: {},
  },
};

function problemOf(values: unknown): string {
  const result = readDataSetup(JSON.stringify({ values }));
  assert.ok(!result.ok, JSON.stringify(values));
  return result.problem;
}

Deno.test("a set-up is read as it stands, in its order, from a file and from the host", () => {
  assert.deepEqual(readDataSetup(JSON.stringify(WHOLE)), { ok: true, setup: WHOLE });
  assert.deepEqual(parseDataSetup(structuredClone(WHOLE)), { ok: true, value: WHOLE });
  const result = readDataSetup('{"values": {"b": {}, "a": {}}}');
  assert.ok(result.ok);
  assert.deepEqual(Object.keys(result.setup.values), ["b", "a"]);
});

Deno.test("a set-up that contradicts itself is refused, with the contradiction", () => {
  assert.equal(
    problemOf({ x: { minimum: 10, maximum: 5 } }),
    '"x" contradicts itself: minimum 10 is not below maximum 5',
  );
  assert.equal(
    problemOf({ x: { warn: [3, 3] } }),
    '"x" contradicts itself: warn [3, 3] must begin with its lower value',
  );
  assert.equal(
    problemOf({ x: { warn: [0, 10], alarm: [2, 12] } }),
    '"x" contradicts itself: alarm [2, 12] is narrower than warn [0, 10]',
  );
  assert.equal(
    problemOf({ x: { maximum: 5, alarm: [6, 7] } }),
    '"x" contradicts itself: alarm [6, 7] is outside of minimum and maximum',
  );
});

Deno.test("a wrong field is named, with what it must be", () => {
  assert.equal(
    problemOf({ x: { unit: 7 } }),
    '"x" has a wrong "unit": it must be a text of at most 20 characters',
  );
  assert.equal(
    problemOf({ x: { warn: [1] } }),
    '"x" has a wrong "warn": it must be two numbers, [lowest, highest]',
  );
  assert.equal(
    problemOf({ x: { warn: [1, "2"] } }),
    '"x" has a wrong "warn": it must be two numbers, [lowest, highest]',
  );
  assert.equal(
    problemOf({ x: { max: 3 } }),
    '"x" has "max", which means nothing; possible are title, unit, precision, minimum, maximum, warn, alarm',
  );
  assert.match(problemOf({ x: 3 }), /^"x" must be an object/);
  assert.match(problemOf({ "": {} }), /without a name/);
  assert.match(problemOf(undefined), /needs "values"/);
  assert.match(problemOf([]), /needs "values"/);
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`v${index}`, {}]));
  assert.match(problemOf(many), /1001 values; 1000 is the most/);
  for (
    const text of ["", "{", "3", "null", '{"values": {}, "x": 1}', '{"values": {"__proto__": {}}}']
  ) {
    assert.equal(readDataSetup(text).ok, false, text);
  }
});

Deno.test("any JSON is a set-up or has a problem; nothing throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      readDataSetup(JSON.stringify({ values: json }));
      readDataSetup(JSON.stringify(json));
      parseDataSetup(json);
      parseDataSetup({ values: json });
    }),
    runs(500),
  );
});

Deno.test("a listener leaves out fields of a later version, and refuses wrong ones", () => {
  assert.deepEqual(parseDataSetup({ values: { x: { unit: "K", color: "red" } } }), {
    ok: true,
    value: { values: { x: { unit: "K" } } },
  });
  assert.equal(parseDataSetup({ values: { x: { unit: 3 } } }).ok, false);
});

Deno.test("a set-up is cut into parts that fit a message and together have all values in order", () => {
  const entry = fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 80 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const values = Object.fromEntries(entries.map(([name, title]) => [`v ${name}`, { title }]));
      const parts = splitDataSetup({ values }, 1000);
      assert.ok(parts.length >= 1);
      for (const part of parts) {
        const bytes = new TextEncoder().encode(JSON.stringify(part)).length;
        assert.ok(bytes <= 1000, `${bytes} bytes`);
      }
      const together = parts.flatMap((part) => Object.entries(part.values));
      assert.deepEqual(together, Object.entries(values));
    }),
    runs(200),
  );
});

Deno.test("a value is normal, a warning or an alarm by its limits", () => {
  const setup = { warn: [0, 10], alarm: [-5, 15] } as const;
  const levels = [-6, -5, -1, 0, 10, 11, 15, 16].map((value) => levelOf(value, setup));
  assert.deepEqual(levels, [
    "alarm",
    "warn",
    "warn",
    "normal",
    "normal",
    "warn",
    "warn",
    "alarm",
  ]);
  assert.equal(levelOf([1, 2, 11], setup), "warn");
  assert.equal(levelOf([1, 99, 11], setup), "alarm");
  assert.equal(levelOf("text", setup), "normal");
  assert.equal(levelOf(1e9, {}), "normal");
});
