import assert from "node:assert/strict";
import { planBroadcast } from "../../../server/broadcast/broadcast_plan.ts";
import {
  restOfFile,
  restOfSimulation,
  stateAfterRestart,
} from "../../../server/origin/timeline/resume.ts";
import { simulateMatch } from "../../../server/origin/simulation/simulate_match.ts";
import { Timeline } from "../../../server/origin/timeline/timeline.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { parseEvent } from "../../../shared/event/event.ts";
import { MemoryStore } from "../../fakes/memory_store.ts";
import { goal, Guest, serveOptions, Stage, START } from "../kit.ts";

Deno.test("an event is stored before it is sent", () => {
  const store = new MemoryStore();
  const stage = new Stage({}, 1, store);
  const guest = new Guest(stage);
  guest.join();
  stage.run(0);
  let sentWhenKept = -1;
  store.onKept = () => sentWhenKept = stage.core.stats().packetsSent;
  stage.tell((core) => core.pushEvent(goal("first"), stage.now));
  assert.equal(sentWhenKept, 0);
  assert.deepEqual(guest.packets("events").map(({ payload }) => parseEvent(payload)), [
    { ok: true, value: store.entries[0] },
  ]);
});

Deno.test("while the store fails no event is sent; afterwards all are, in order", () => {
  const store = new MemoryStore();
  const stage = new Stage({}, 1, store);
  const guest = new Guest(stage);
  guest.join();
  stage.run(0);
  store.isFull = true;
  for (const text of ["one", "two", "three"]) {
    stage.tell((core) => core.pushEvent(goal(text), stage.now));
  }
  stage.tell((core) => core.endEvents(stage.now));
  stage.run(5000);
  assert.equal(guest.packets("events").length, 0);
  assert.deepEqual(stage.said("event-sent"), []);
  assert.deepEqual(stage.said("ended"), [], "it must not end while events wait");
  assert.match(stage.core.eventProblem!, /disk is full/);
  const [notice, ...more] = stage.said("notice");
  assert.match(notice!.text, /disk is full.*Events wait/);
  assert.deepEqual(more, [], "told now and then, not every second");

  store.isFull = false;
  stage.run(1000);
  const told = stage.said("event-sent").map(({ event }) => [event.count, event.content]);
  assert.deepEqual(told, [[1, "one"], [2, "two"], [3, "three"]]);
  assert.deepEqual(store.entries.map(({ content }) => content), ["one", "two", "three"]);
  assert.equal(stage.core.eventProblem, undefined);
  stage.run(5500);
  assert.equal(stage.said("ended").length, 1);
});

Deno.test("a timeline continues behind the stored events", () => {
  const store = new MemoryStore();
  const first = new Timeline(new SeededRng(1), { journal: store });
  first.append(goal("one"), START);
  first.append(goal("two"), START);
  const second = new Timeline(new SeededRng(2), { kept: store.load().timeline, journal: store });
  const { clock, period } = goal().event;
  assert.deepEqual(second.head, { count: 2, score: "1 x 0", clock, period });
  store.isFull = true;
  assert.throws(() => second.append(goal("three"), START), CommandError);
  assert.equal(second.head.count, 2);
  store.isFull = false;
  assert.equal(second.append(goal("three"), START).count, 3);
  assert.deepEqual(second.readEntries(), store.entries);
});

Deno.test("a simulated match resumes where it was interrupted, wherever that is", () => {
  const simulate = () => simulateMatch({ home: "A", away: "B", seed: 3, language: "en" });
  const whole = [...simulate()].map(({ content }) => content);
  const store = new MemoryStore();
  const timeline = new Timeline(new SeededRng(1), { journal: store });
  for (let restart = 0; timeline.head.count < whole.length; restart++) {
    let left = 7 + restart;
    for (const step of restOfSimulation(simulate(), "simulation 3", store)) {
      if (left-- === 0) break;
      timeline.append(step, START);
    }
  }
  assert.deepEqual(store.entries.map(({ content }) => content), whole);
  assert.deepEqual([...restOfSimulation(simulate(), "simulation 3", store)], []);
});

Deno.test("a file resumes behind its last stored line, another file begins at its first", async () => {
  const store = new MemoryStore();
  const lines = async function* () {
    for (const line of [1, 3, 4]) yield { ...goal(`line ${line}`), position: line };
    await Promise.resolve();
  };
  const read = async (source: string) => {
    const steps = [];
    for await (const step of restOfFile(lines(), source, store)) steps.push(step);
    return steps;
  };
  const timeline = new Timeline(new SeededRng(1), { journal: store });
  for (const step of (await read("file /a")).slice(0, 2)) timeline.append(step, START);
  assert.deepEqual((await read("file /a")).map(({ content }) => content), ["line 4"]);
  assert.equal((await read("file /b")).length, 3);
});

Deno.test("a resumed broadcast keeps its stored settings; options that differ are refused", () => {
  const rng = new SeededRng(1);
  const kept = { match: { home: "A", away: "B" }, seed: 9 };
  const plan = planBroadcast(serveOptions({ db: "m.db" }), rng, kept);
  assert.deepEqual([plan.match, plan.seed, plan.isSimulated], [kept.match, 9, true]);
  planBroadcast(serveOptions({ db: "m.db", match: { home: "A", away: "B" }, seed: 9 }), rng, kept);
  for (
    const [changes, wanted] of [
      [{ match: { home: "A", away: "C" } }, /m\.db holds the match "A x B": leave out --match/],
      [{ seed: 8 }, /m\.db holds a match simulated from seed 9: leave out --seed/],
    ] as const
  ) {
    assert.throws(
      () => planBroadcast(serveOptions({ db: "m.db", ...changes }), rng, kept),
      (error) => {
        assert(error instanceof CommandError);
        assert.equal(error.exitCode, ExitCode.usage);
        assert.match(error.message, wanted);
        return true;
      },
    );
  }
});

const named = (id: string, text: string) => {
  const event = goal(text);
  return { ...event, event: { ...event.event, id } };
};

Deno.test("a second event with the id of a stored one is left out, after a restart too", () => {
  const store = new MemoryStore();
  for (let run = 1; run <= 2; run++) {
    const stage = new Stage({ timeline: store.load() }, run, store);
    const guest = new Guest(stage);
    guest.join();
    stage.run(0);
    for (const id of ["a", "b", "a"]) {
      stage.tell((core) => core.pushEvent(named(id, `goal ${id}`), stage.now));
    }
    assert.deepEqual(store.entries.map(({ event }) => event.id), ["a", "b"], `run ${run}`);
    assert.match(stage.said("notice")[0]!.text, /left out: event \d already has its id \w/);
  }
});

Deno.test("an event that no listener could read is neither stored nor sent; the next one is", () => {
  const store = new MemoryStore();
  const stage = new Stage({}, 1, store);
  const guest = new Guest(stage);
  guest.join();
  stage.run(0);
  for (const score of ["1000 x 0", "1-0", "999 x 0"]) {
    stage.tell((core) => core.pushEvent({ ...goal(score), score }, stage.now));
  }
  assert.deepEqual(store.entries.map(({ score }) => score), ["999 x 0"]);
  assert.deepEqual(guest.packets("events").map(({ payload }) => parseEvent(payload).ok), [true]);
  assert.match(
    stage.said("notice")[0]!.text,
    /a field that listeners do not accept: it is left out \(score 1000 x 0\)/,
  );
});

Deno.test("another source continues from the score of the timeline", () => {
  const store = new MemoryStore();
  const timeline = new Timeline(new SeededRng(1), { journal: store });
  const from = { source: "file /a", position: 4 };
  timeline.append({ ...named("g1", "one"), score: "2 x 1", from }, START);
  const same = stateAfterRestart(store, "file /a");
  assert.deepEqual([same.before.lines, same.score], [4, "2 x 1"]);
  const other = stateAfterRestart(store, undefined);
  assert.deepEqual([other.before.lines, other.score, other.clock], [
    0,
    "2 x 1",
    goal().event.clock,
  ]);
  assert.deepEqual(other.before.ids, new Map([["g1", 1]]));
  assert.deepEqual(stateAfterRestart(new MemoryStore(), "file /a"), {
    before: { lines: 0, ids: new Map() },
  });
});

Deno.test("after a restart the clock is not that of a correction", () => {
  const store = new MemoryStore();
  const timeline = new Timeline(new SeededRng(1), { journal: store });
  const correction = { ...goal().event, clock: "03:00", supersedes: "g0" };
  timeline.append({ ...goal(), score: "0 x 0", event: correction }, START);
  const unknown = stateAfterRestart(store, undefined);
  assert.deepEqual([unknown.score, "clock" in unknown, "period" in unknown], [
    "0 x 0",
    false,
    false,
  ]);
  timeline.append({ ...goal(), event: { ...goal().event, clock: "50:00", period: 2 } }, START);
  timeline.append({ ...goal(), score: "2 x 1", event: correction }, START);
  const { score, clock, period } = stateAfterRestart(store, undefined);
  assert.deepEqual([score, clock, period], ["2 x 1", "50:00", 2]);
});

Deno.test("events that are due together are stored in one transaction, and all of them are retried", () => {
  const store = new MemoryStore();
  const stage = new Stage({}, 1, store);
  stage.run(0);
  const texts = (length: number) => Array.from({ length }, (_, index) => goal(`goal ${index}`));
  stage.tell((core) => core.pushEvents(texts(20), stage.now));
  assert.deepEqual(store.batches, [20]);
  store.isFull = true;
  stage.tell((core) => core.pushEvents(texts(30), stage.now));
  stage.run(1500);
  assert.equal(store.entries.length, 20);
  assert.equal(stage.said("event-sent").length, 20);
  store.isFull = false;
  stage.run(1000);
  assert.deepEqual(store.batches, [20, 30]);
  assert.deepEqual(stage.said("event-sent").map(({ event }) => event.count), [
    ...Array.from({ length: 50 }, (_, index) => index + 1),
  ]);
});

Deno.test("copies within what is due together are left out", () => {
  const store = new MemoryStore();
  const stage = new Stage({}, 1, store);
  stage.run(0);
  stage.tell((core) =>
    core.pushEvents([named("a", "one"), named("a", "two"), named("b", "three")], stage.now)
  );
  assert.deepEqual(store.entries.map(({ content }) => content), ["one", "three"]);
  assert.match(stage.said("notice")[0]!.text, /left out: event 1 already has its id a/);
});
