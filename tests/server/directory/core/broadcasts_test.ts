import assert from "node:assert/strict";
import { Broadcasts } from "../../../../server/directory/core/broadcasts.ts";
import { LIMITS } from "../../../../server/directory/core/limits.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { NewBroadcast } from "../../../../shared/directory/forms.ts";
import { START } from "../../kit.ts";

const [ANN, BO] = ["Ann", "Bo"].map((name) => ({ id: name, publicKey: name, name }));
const ASKED: NewBroadcast = {
  ...{ title: "A x B", sport: "football", home: "A", away: "B" },
  ...{ visibility: "public", seats: 9 },
};
const BEAT = {
  ...{ addresses: ["192.0.2.7:5004"], hostKey: "k", state: "live" as const },
  ...{ score: "2 x 1", clock: "10:00", seatsTaken: 1 },
};
const HOUR: Millis = 3_600_000;

function register(limits = {}) {
  return new Broadcasts(new SeededRng(2), { ...LIMITS, ...limits }, []);
}

function create(all: Broadcasts, who = ANN!, asked = ASKED, now = START): string {
  const made = all.create(who, asked, now);
  assert(made.ok, JSON.stringify(made));
  return made.value.id;
}

Deno.test("a host that goes on with its broadcast keeps score and place; one that was gone begins anew", () => {
  const all = register();
  const id = create(all);
  all.heartbeat(ANN!, id, BEAT, START);
  const kept = all.create(ANN!, { ...ASKED, id, title: "New" }, START + 1000);
  assert(kept.ok);
  assert.deepEqual([kept.value.title, kept.value.score, kept.value.state], [
    "New",
    "2 x 1",
    "live",
  ]);
  assert(all.placeOf(id, START + 1000).ok);
  const again = all.create(ANN!, { ...ASKED, id }, START + 40_000);
  assert(again.ok);
  assert.deepEqual([again.value.score, again.value.state], [null, "soon"]);
  assert.equal(all.placeOf(id, START + 40_000).ok, false, "nobody knows where the host is now");
});

Deno.test("an id that another person has is refused, one that nobody has is taken", () => {
  const all = register();
  const id = create(all);
  const stolen = all.create(BO!, { ...ASKED, id }, START);
  assert(!stolen.ok);
  assert.deepEqual([stolen.kind, stolen.code], ["forbidden", "not-yours"]);
  assert.equal(create(all, BO, { ...ASKED, id: "00000000000000ff" }), "00000000000000ff");
});

Deno.test("a person has so many broadcasts at a time; those that ended or went count no more", () => {
  const all = register({ broadcastsOfPerson: 2 });
  const first = create(all);
  create(all);
  const third = all.create(ANN!, ASKED, START);
  assert(!third.ok);
  assert.equal(third.code, "too-many-broadcasts");
  create(all, BO);
  all.end(ANN!, first, START);
  create(all);
  create(all, ANN, ASKED, START + 30_000);
  create(all, ANN, ASKED, START + 30_000);
});

Deno.test("what a person leaves behind has a bound too", () => {
  const all = register({ broadcastsOfPerson: 2 });
  for (let round = 0; round < 50; round++) create(all, ANN, ASKED, START + round * 30_000);
  assert.equal([...all.all].length, 4);
});

Deno.test("a full directory drops one that is over, never one that is on", () => {
  const all = register({ broadcasts: 3 });
  const ids = [create(all), create(all, BO), create(all, BO)];
  const refused = all.create(ANN!, ASKED, START);
  assert(!refused.ok);
  assert.equal(refused.code, "directory-full");
  all.heartbeat(ANN!, ids[0]!, BEAT, START + 29_000);
  const made = create(all, ANN, ASKED, START + 31_000);
  const left = [...all.all].map(({ id }) => id);
  assert.equal(left.length, 3);
  assert(left.includes(ids[0]!) && left.includes(made));
});

Deno.test("what is over is forgotten after a day, what was announced waits for its day", () => {
  const all = register();
  const past = create(all);
  const announced = create(all, ANN, { ...ASKED, startsAt: START + 48 * HOUR });
  all.sweep(START + 23 * HOUR);
  assert(all.find(past, START + 23 * HOUR).ok);
  all.sweep(START + 25 * HOUR);
  assert(!all.find(past, START + 25 * HOUR).ok);
  assert(all.find(announced, START + 25 * HOUR).ok);
  all.sweep(START + 73 * HOUR);
  assert(!all.find(announced, START + 73 * HOUR).ok);
});

Deno.test("changes are given once, the last of each broadcast, removals too", () => {
  const all = register();
  const id = create(all);
  all.heartbeat(ANN!, id, BEAT, START + 1);
  const [change, ...others] = all.takeChanges();
  assert(change?.kind === "kept" && change.broadcast.score === "2 x 1");
  assert.deepEqual(others, []);
  assert.deepEqual(all.takeChanges(), []);
  all.removeOf(new Set([ANN!.id]));
  assert.deepEqual(all.takeChanges(), [{ kind: "removed", id }]);
});

Deno.test("an end that is said twice is an end, and a heartbeat after it is told so", () => {
  const all = register();
  const id = create(all);
  assert(all.end(ANN!, id, START).ok);
  assert(all.end(ANN!, id, START + 1).ok);
  const late = all.heartbeat(ANN!, id, BEAT, START + 2);
  assert(!late.ok);
  assert.deepEqual([late.kind, late.code], ["conflict", "ended"]);
});
