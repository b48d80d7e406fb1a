import assert from "node:assert/strict";
import type { Draft } from "../../../../server/studio/match/drafts.ts";
import { idOf, OutgoingEvents } from "../../../../server/studio/match/outgoing_events.ts";
import { START } from "../../kit.ts";
import { foreign } from "./kit.ts";

function draft(id: string, content = ""): Draft {
  const { event, ...rest } = foreign("foul", "", "0 x 0");
  return { event: { ...rest, content, event: { ...event, id, time: START } }, isShortened: false };
}

Deno.test("events go out after 5 s in the order of the presses, as many as there is room for", () => {
  const outgoing = new OutgoingEvents();
  for (const [index, id] of ["a", "b", "c"].entries()) outgoing.push(draft(id), START + index);
  assert.equal(outgoing.deadline, START + 5000);
  assert.deepEqual(outgoing.take(START + 4999, 9), []);
  assert.deepEqual(outgoing.take(START + 5001, 1).map(idOf), ["a"]);
  assert.equal(outgoing.deadline, START + 5001);
  assert.deepEqual(outgoing.take(START + 5001, 9).map(idOf), ["b"]);
  assert.deepEqual(outgoing.all.map(idOf), ["a", "b", "c"]);
});

Deno.test("a waiting event can be changed in its place or removed; one that went out can't", () => {
  const outgoing = new OutgoingEvents();
  for (const id of ["a", "b", "c"]) outgoing.push(draft(id), START);
  outgoing.take(START + 5000, 1);
  outgoing.replace(draft("a", "changed"));
  outgoing.replace(draft("b", "changed"));
  outgoing.remove("a");
  outgoing.remove("c");
  assert.deepEqual(outgoing.all.map((one) => [idOf(one), one.event.content]), [
    ["a", ""],
    ["b", "changed"],
  ]);
  assert.ok(outgoing.findSent("a") && !outgoing.findSent("b") && !outgoing.findSent(undefined));
  assert.ok(outgoing.findWaiting("b") && !outgoing.findWaiting("a"));
});

Deno.test("an accepted event is done with, and so are those that were lost before it", () => {
  const outgoing = new OutgoingEvents();
  for (const id of ["a", "b", "c"]) outgoing.push(draft(id), START);
  outgoing.take(START + 5000, 9);
  assert.equal(outgoing.accept("foreign"), false);
  assert.deepEqual(outgoing.sent.map(idOf), ["a", "b", "c"]);
  assert.equal(outgoing.accept("b"), true);
  assert.deepEqual(outgoing.sent.map(idOf), ["c"]);
  assert.equal(outgoing.accept("a"), false);
});

Deno.test("events that the timeline never accepts are forgotten, the oldest first", () => {
  const outgoing = new OutgoingEvents();
  for (let count = 0; count < 1001; count++) {
    outgoing.push(draft(`${count}`), START);
    outgoing.take(Infinity, Infinity);
  }
  assert.deepEqual([outgoing.sent.length, idOf(outgoing.sent[0]!)], [1000, "1"]);
});
