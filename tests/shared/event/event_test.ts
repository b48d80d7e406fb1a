import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EVENT_TYPES,
  formatClock,
  formatScore,
  MAX_EVENT_BYTES,
  parseEvent,
  parseScore,
  readClock,
  serializeEvent,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import { runs } from "../../runs.ts";

const EVENT: TimelineEvent = {
  count: 17,
  type: EVENT_TYPES.goal,
  score: "1 x 0",
  content: "GOAL! Nine finds the top corner.",
  time: 1763600000000,
  event: {
    id: "01J",
    type: "event",
    title: "Goal",
    origin: "Flamengo",
    time: 1763599998500,
    clock: "23:10",
    period: 1,
  },
};
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const isMalformed = (bytes: Uint8Array) => {
  const result = parseEvent(bytes);
  return !result.ok && result.junk === "malformedEvent";
};
const change = (fields: object) => encode({ ...EVENT, ...fields });
const changeInner = (fields: object) => change({ event: { ...EVENT.event, ...fields } });

Deno.test("an event is one JSON object, as listeners of any make can read it", () => {
  assert.deepEqual(JSON.parse(new TextDecoder().decode(serializeEvent(EVENT))), EVENT);
  assert.deepEqual(parseEvent(serializeEvent(EVENT)), { ok: true, value: EVENT });
});

Deno.test("an entry that was read is written as the same bytes, in whatever order its fields came", () => {
  const { event: { period, ...others }, ...entry } = EVENT;
  const [bytes, other] = [EVENT, { event: { period, ...others }, ...entry }].map(serializeEvent);
  assert.deepEqual(other, bytes);
  const read = parseEvent(bytes!);
  assert.ok(read.ok);
  assert.deepEqual(serializeEvent(read.value), bytes);
});

Deno.test("the numbers of the first four types are fixed by the wire format, all differ", () => {
  const { foul, goal, redCard, yellowCard } = EVENT_TYPES;
  assert.deepEqual([foul, goal, redCard, yellowCard], [1, 2, 3, 4]);
  const numbers = Object.values(EVENT_TYPES);
  assert.equal(new Set(numbers).size, numbers.length);
});

Deno.test("a correction names what it supersedes", () => {
  const correction = { ...EVENT, event: { ...EVENT.event, supersedes: "01H" } };
  assert.deepEqual(parseEvent(serializeEvent(correction)), { ok: true, value: correction });
});

Deno.test("fields that a later version adds are passed over", () => {
  const bytes = encode({ ...EVENT, mood: "tense", event: { ...EVENT.event, player: "Nine" } });
  assert.deepEqual(parseEvent(bytes), { ok: true, value: EVENT });
});

Deno.test("edges that are still good", () => {
  for (
    const bytes of [
      change({ count: 1 }),
      change({ count: Number.MAX_SAFE_INTEGER }),
      change({ type: 1 }),
      change({ type: 255 }),
      change({ score: "999 x 0" }),
      change({ content: "" }),
      change({ content: "x".repeat(500) }),
      changeInner({ clock: "0:00" }),
      changeInner({ clock: "125:59" }),
      changeInner({ period: 9 }),
      changeInner({ origin: "" }),
      changeInner({ id: "x".repeat(64) }),
    ]
  ) {
    assert.ok(parseEvent(bytes).ok, new TextDecoder().decode(bytes));
  }
});

Deno.test("anything outside the schema is malformed", () => {
  for (
    const bytes of [
      ...[null, [], [EVENT], "x", 7, {}].map(encode),
      change({ count: 0 }),
      change({ count: 1.5 }),
      change({ count: 2 ** 53 }),
      change({ count: "1" }),
      change({ type: 0 }),
      change({ type: 256 }),
      change({ score: "1-0" }),
      change({ score: "1 x 0 " }),
      change({ score: "1000 x 0" }),
      change({ score: "-1 x 0" }),
      change({ score: "1 x 0\n" }),
      change({ content: "x".repeat(501) }),
      change({ content: undefined }),
      change({ time: null }),
      change({ event: null }),
      changeInner({ type: "setup" }),
      changeInner({ id: "" }),
      changeInner({ id: "x".repeat(65) }),
      changeInner({ title: "" }),
      changeInner({ origin: "x".repeat(81) }),
      changeInner({ clock: "23:60" }),
      changeInner({ clock: "23.10" }),
      changeInner({ clock: "1234:00" }),
      changeInner({ period: 0 }),
      changeInner({ period: 10 }),
      new TextEncoder().encode(JSON.stringify(EVENT).replace("1763600000000", "1e999")),
      new Uint8Array(0),
      serializeEvent(EVENT).subarray(1),
    ]
  ) {
    assert.ok(isMalformed(bytes), new TextDecoder().decode(bytes));
  }
});

Deno.test("no prefix of an event is an event", () => {
  const bytes = serializeEvent(EVENT);
  for (let length = 0; length < bytes.length; length++) {
    assert.ok(isMalformed(bytes.subarray(0, length)));
  }
});

Deno.test("a thousand bytes are carried, one more is neither written nor read", () => {
  const spare = MAX_EVENT_BYTES - serializeEvent({ ...EVENT, content: "" }).length;
  // Two bytes a character, so that the bytes run out before the characters.
  const content = "é".repeat(Math.floor(spare / 2)) + "x".repeat(spare % 2);
  const full = { ...EVENT, content };
  assert.equal(serializeEvent(full).length, MAX_EVENT_BYTES);
  assert.deepEqual(parseEvent(serializeEvent(full)), { ok: true, value: full });
  assert.throws(() => serializeEvent({ ...full, content: content + "x" }), RangeError);
  assert.ok(isMalformed(encode({ ...full, content: content + "x" })));
});

Deno.test("bytes that are not UTF-8 are malformed, not patched up", () => {
  const bytes = serializeEvent(EVENT);
  bytes[bytes.indexOf("G".charCodeAt(0))] = 0xff;
  assert.ok(isMalformed(bytes));
});

Deno.test("deep nesting within a thousand bytes is malformed and no more", () => {
  assert.ok(isMalformed(new TextEncoder().encode("[".repeat(1000))));
  assert.ok(isMalformed(new TextEncoder().encode('{"event":'.repeat(111))));
});

Deno.test("a score is home first, both ways", () => {
  assert.deepEqual(parseScore("3 x 12"), [3, 12]);
  assert.equal(formatScore([3, 12]), "3 x 12");
});

Deno.test("whatever the schema allows comes back, as far as it fits", () => {
  const text = (maxLength: number) => fc.string({ unit: "grapheme", maxLength });
  const twoDigits = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, "0"));
  const noNullPrototype = true;
  const event = fc.record({
    id: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 26 }),
    type: fc.constant("event" as const),
    title: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }),
    origin: text(20),
    time: fc.double({ noNaN: true, noDefaultInfinity: true }).map((time) => time + 0),
    clock: fc.tuple(twoDigits(120), twoDigits(59)).map((parts) => parts.join(":")),
    period: fc.integer({ min: 1, max: 9 }),
  }, { noNullPrototype });
  const sampleEvent: fc.Arbitrary<TimelineEvent> = fc.record({
    count: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    type: fc.integer({ min: 1, max: 255 }),
    score: fc.tuple(fc.nat(999), fc.nat(999)).map(formatScore),
    content: text(100),
    time: fc.integer(),
    event,
  }, { noNullPrototype });
  fc.assert(
    fc.property(sampleEvent, (given) => {
      fc.pre(encode(given).length <= MAX_EVENT_BYTES && given.content.length <= 500);
      fc.pre(given.event.origin.length <= 80);
      assert.deepEqual(parseEvent(serializeEvent(given)), { ok: true, value: given });
    }),
    runs(300),
  );
});

Deno.test("no bytes make it throw, random or real ones changed", () => {
  const real = serializeEvent(EVENT);
  const changed = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 5 })
    .map((changes) => {
      const bytes = real.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 1100 }), changed, fc.jsonValue().map(encode)),
      (bytes) => {
        const result = parseEvent(bytes);
        if (!result.ok) assert.equal(result.junk, "malformedEvent");
      },
    ),
    runs(2000),
  );
});

Deno.test("clocks are read and written alike, past the hour too", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 150 * 60 }), (seconds) => {
    assert.equal(readClock(formatClock(seconds * 1000)), seconds * 1000);
  }));
  assert.equal(formatClock(93 * 60_000 + 9999), "93:09");
});
