import assert from "node:assert/strict";
import { makeUlid, Timeline } from "../../../../server/origin/timeline/timeline.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { parseEvent, serializeEvent } from "../../../../shared/event/event.ts";
import { goal, START } from "../../kit.ts";

Deno.test("events count from 1, keep their place, and are valid on the wire", () => {
  const timeline = new Timeline(new SeededRng(1));
  assert.deepEqual(timeline.head, { count: 0, score: "0 x 0" });
  for (let count = 1; count <= 50; count++) {
    const event = timeline.append(goal(`goal ${count}`), START + count + 0.7);
    assert.equal(event.count, count);
    assert.equal(event.time, START + count);
    assert.deepEqual(parseEvent(serializeEvent(event)), { ok: true, value: event });
  }
  assert.deepEqual(timeline.head, { count: 50, score: "1 x 0" });
  assert.equal(new Set(timeline.entries.map(({ event }) => event.id)).size, 50);
});

Deno.test("an id and a time that are given stay", () => {
  const timeline = new Timeline(new SeededRng(1));
  const given = goal();
  const told = { ...given, event: { ...given.event, id: "mine", time: 12 } };
  const { event, time } = timeline.append(told, START);
  assert.deepEqual([event.id, event.time, time], ["mine", 12, START]);
});

Deno.test("a ULID is 26 characters of its alphabet and sorts by time", () => {
  const rng = new SeededRng(1);
  const ids = [0, 1, 31, 32, START, START + 1, 2 ** 47].map((time) => makeUlid(time, rng));
  for (const id of ids) assert.match(id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  assert.deepEqual(ids, ids.toSorted());
  // The example of github.com/ulid/spec.
  assert.equal(makeUlid(1_469_918_176_385, rng).slice(0, 10), "01ARYZ6S41");
});

Deno.test("no two entries have one id, of whatever source and however old they are", () => {
  const named = (id: string) => ({ ...goal(), event: { ...goal().event, id } });
  const first = new Timeline(new SeededRng(1));
  const made = first.append(goal(), START).event.id;
  first.append(named("mine"), START);
  const second = new Timeline(new SeededRng(1), { entries: first.entries });
  assert.deepEqual([second.countOf(made), second.countOf("mine"), second.countOf("x")], [
    1,
    2,
    undefined,
  ]);
  assert.throws(() => second.append(named("mine"), START), RangeError);
  assert.notEqual(second.append(goal(), START).event.id, made, "the same dice in the same moment");
  assert.equal(second.head.count, 3);
});
