import assert from "node:assert/strict";
import type { Pass } from "../../server/tokens/pass.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import {
  AWAY,
  candidatesOf,
  HOME,
  hostTimeline,
  MINUTE,
  openStands,
  SECOND,
  silence,
  STANDS,
  statesOf,
  timelineOf,
} from "./reports_scene.ts";
import { hasJoined } from "./scenario.ts";

const GOAL = { title: "Goal", origin: HOME };

Deno.test("two report a goal within ten seconds: one event, and everybody's score changes once", () => {
  const { world, host, listeners } = openStands(3);
  const [one, other, liar] = listeners as [VirtualListener, VirtualListener, VirtualListener];
  for (const { setup } of listeners.flatMap((listener) => listener.said("report-setup"))) {
    assert.deepEqual(setup.origins, [HOME, AWAY]);
    assert.ok(setup.actions.includes("Goal"));
  }
  const happenedAt = world.now - 500;
  const first = world.report(one, { ...GOAL, time: happenedAt });
  world.run(8 * SECOND);
  const second = world.report(other, GOAL);
  const lie = world.report(liar, { title: "Goal", origin: AWAY });
  world.run(MINUTE);
  assert.deepEqual(statesOf(one, first), ["sent", "counted"]);
  assert.deepEqual(statesOf(other, second), ["sent", "counted"]);
  assert.deepEqual(statesOf(liar, lie), ["sent", "counted"]);
  assert.deepEqual(candidatesOf(host, "Goal", HOME), ["reported 1", "confirmed 2"]);
  assert.deepEqual(candidatesOf(host, "Goal", AWAY), ["reported 1", "expired 1"]);
  for (const listener of listeners) {
    const [event, ...more] = timelineOf(listener);
    assert.equal(more.length, 0, "one event");
    assert.equal(event!.score, "1 x 0");
    assert.equal(event!.content, `Goal: ${HOME}`);
    const { confirmedAfterMillis, ...agreement } = event!.event.agreement!;
    assert.deepEqual(agreement, { votes: 2, against: 0, reporters: 2 });
    assert.ok(confirmedAfterMillis >= 8000 && confirmedAfterMillis < 9000);
    const newest = new Map(
      listener.said("candidate").map(({ candidate }) => [candidate.candidateId, candidate]),
    );
    assert.deepEqual([...newest.values()].map(({ state }) => state), ["confirmed", "expired"]);
  }
  const reports = host.said("report");
  assert.deepEqual(reports.map(({ verdict }) => verdict), ["counted", "counted", "counted"]);
  assert.ok(Math.abs(reports[0]!.time - happenedAt) <= 2, `${reports[0]!.time - happenedAt}`);
});

Deno.test("undo, a denial, and a correction that supersedes", () => {
  const { world, host, listeners } = openStands(3);
  const [one, other, third] = listeners as [VirtualListener, VirtualListener, VirtualListener];
  const mistaken = world.report(one, { title: "Red card", origin: AWAY });
  world.run(SECOND);
  world.report(one, { type: "undo", supersedes: mistaken, time: world.now });
  world.run(SECOND);
  assert.deepEqual(candidatesOf(host, "Red card", AWAY), ["reported 1", "retracted 0"]);
  for (const reporter of [one, other, third]) {
    const type = reporter === other ? "denial" : "event";
    world.report(reporter, { type, title: "Corner", origin: HOME, time: world.now });
    world.run(SECOND);
  }
  assert.equal(hostTimeline(host).length, 0, "two for it and one against are one");
  for (const reporter of listeners) world.report(reporter, GOAL);
  world.run(2 * SECOND);
  const [goal] = hostTimeline(host);
  assert.equal(goal!.score, "1 x 0");
  for (const reporter of [one, third]) {
    const correction = { type: "correction", title: "Goal", origin: AWAY } as const;
    world.report(reporter, { ...correction, supersedes: goal!.event.id });
    world.run(SECOND);
  }
  world.run(2 * SECOND);
  const [, corrected, ...more] = hostTimeline(host);
  assert.equal(more.length, 0);
  assert.equal(corrected!.event.supersedes, goal!.event.id);
  assert.equal(corrected!.score, "0 x 1");
  for (const listener of listeners) assert.deepEqual(timelineOf(listener), hostTimeline(host));
});

Deno.test("reports made while the host is away go out with their true time, and count once", () => {
  const store = new MemoryStore();
  const ahead = { clockAhead: (index: number) => index * 3_600_000 };
  const { world, listeners } = openStands(2, { store }, ahead);
  const [one, other] = listeners as [VirtualListener, VirtualListener];
  const first = world.report(one, GOAL);
  const happenedAt = world.now;
  world.run(2 * SECOND);
  world.killHost();
  const second = world.report(other, GOAL);
  world.run(20 * SECOND);
  assert.deepEqual(statesOf(one, first), ["sent", "counted"]);
  const host = world.startHost({ ...STANDS, store }, silence());
  const again = world.report(one, { ...GOAL, id: first, time: one.time(world.now) - 22 * SECOND });
  world.run(MINUTE);
  assert.equal(again, first);
  assert.equal(statesOf(other, second).at(-1), "counted");
  const [event, ...more] = hostTimeline(host);
  assert.equal(more.length, 0);
  assert.equal(event!.event.agreement!.votes, 2);
  assert.ok(Math.abs(event!.event.time - happenedAt) < 2 * SECOND, "the time by the host's clock");
  assert.equal(host.said("report").length, 1, "the other one was known before the restart");
  assert.deepEqual(timelineOf(one), hostTimeline(host));
});

Deno.test("an event that was confirmed as the host died comes after the restart, once", () => {
  const store = new MemoryStore();
  const { world, listeners } = openStands(2, { store });
  for (const listener of listeners) world.report(listener, GOAL);
  store.isFull = true;
  const lines = [...store.reportLines];
  world.run(5 * SECOND);
  assert.equal(store.entries.length, 0, "the timeline could not be stored");
  assert.deepEqual(store.reportLines, lines, "nor the reports");
  world.killHost();
  store.isFull = false;
  const host = world.startHost({ ...STANDS, store }, silence());
  world.run(30 * SECOND);
  assert.equal(hostTimeline(host).length, 0, "what could not be kept is lost");
  for (const listener of listeners) world.report(listener, GOAL);
  world.run(SECOND);
  world.killHost();
  // The reports are there, and the event is not.
  store.entries.splice(0);
  const restarted = world.startHost({ ...STANDS, store }, silence());
  world.run(30 * SECOND);
  assert.deepEqual(hostTimeline(restarted).map(({ event: { title } }) => title), ["Goal"]);
});

const PASSES = new Map<string, Pass>([
  ["reporter-token", passOf("00000000000000aa", "reporter")],
  ["reporter-again", passOf("00000000000000aa", "reporter")],
  ["listener-token", passOf("00000000000000bb", "listener")],
]);

function passOf(id: string, role: Pass["role"], seats = 5): Pass {
  return { id, name: role, issuer: "issuer", role, seats };
}

for (const isPlain of [false, true]) {
  const way = isPlain ? "in clear" : "encrypted";
  Deno.test(`who has no token of a reporter listens on, and is not counted (${way})`, () => {
    const world = new VirtualWorld();
    const access = { kind: "tokens", tokens: [...PASSES.keys()] } as const;
    const options = { ...STANDS, reports: "tokens", access, passes: PASSES, isPlain } as const;
    const host = world.startHost(options, silence());
    const reporter = world.addListener({ token: "reporter-token" });
    const listener = world.addListener({ token: "listener-token" });
    world.runUntil(() => [reporter, listener].every(hasJoined), 10 * SECOND, "joined");
    const counted = world.report(reporter, GOAL);
    const refused = world.report(listener, GOAL);
    world.run(10 * SECOND);
    assert.deepEqual(statesOf(reporter, counted), ["sent", "counted"]);
    assert.deepEqual(statesOf(listener, refused), ["sent", "refused not-a-reporter"]);
    assert.equal(listener.said("report-setup").length, 0);
    assert.equal(listener.said("candidate").length, 0);
    assert.equal(reporter.said("report-setup").length, 1);
    assert.deepEqual(candidatesOf(host, "Goal", HOME), ["reported 1"]);
    world.run(10 * SECOND);
    assert.equal(listener.hasEnded, false);
  });
}

Deno.test("in clear a report without its listener's own token is nobody's", () => {
  const world = new VirtualWorld({ isPlain: true });
  const access = { kind: "tokens", tokens: [...PASSES.keys()] } as const;
  const options = { ...STANDS, reports: "tokens", access, passes: PASSES } as const;
  const host = world.startHost(options, silence());
  const reporter = world.addListener({ token: "reporter-token" });
  world.runUntil(() => hasJoined(reporter), 10 * SECOND, "joined");
  world.run(2 * SECOND);
  reporter.core.changeToken("listener-token");
  const foreign = world.report(reporter, GOAL);
  world.run(SECOND);
  reporter.core.changeToken(undefined);
  const without = world.report(reporter, GOAL);
  world.run(SECOND);
  for (const id of [foreign, without]) {
    assert.deepEqual(statesOf(reporter, id), ["sent", "refused not-a-reporter"]);
  }
  assert.equal(host.said("candidate").length, 0);
});

Deno.test("where nobody may report, a report is refused and the listener goes on", () => {
  for (const reports of ["off", undefined] as const) {
    const { world, host, listeners: [listener] } = openStands(1, { reports, voting: undefined });
    const id = world.report(listener!, GOAL);
    world.run(2 * SECOND);
    assert.deepEqual(statesOf(listener!, id), ["sent", "refused not-a-reporter"]);
    assert.equal(host.said("report").length, 1);
  }
});

Deno.test("the refusals of the set-up reach the reporter by name", () => {
  const { world, listeners: [listener] } = openStands(1);
  const says = (draft: Parameters<typeof world.report>[1]) => {
    const id = world.report(listener!, draft);
    world.run(2 * SECOND);
    return statesOf(listener!, id).at(-1);
  };
  assert.equal(says({ title: "Touchdown", origin: HOME }), "refused unknown-action");
  assert.equal(says({ title: "Goal", origin: "Grêmio" }), "refused unknown-origin");
  assert.equal(says({ title: "Half-time", origin: HOME }), "refused unknown-origin");
  assert.equal(says({ ...GOAL, time: world.now - 11 * MINUTE }), "refused too-old");
  assert.equal(says({ ...GOAL, time: world.now + 15 * SECOND }), "refused too-old");
  assert.equal(says({ title: "Half-time" }), "counted");
  assert.equal(says({ title: "Half-time", time: world.now }), "duplicate");
});

Deno.test("a restart with a smaller quorum confirms nothing that was over before", () => {
  const store = new MemoryStore();
  const { world, listeners: [listener] } = openStands(1, { store });
  world.report(listener!, GOAL);
  world.run(MINUTE);
  world.killHost();
  const host = world.startHost({ ...STANDS, store, voting: { quorum: 1 } }, silence());
  world.run(10 * SECOND);
  assert.deepEqual(hostTimeline(host), []);
  world.report(listener!, GOAL);
  world.run(10 * SECOND);
  assert.equal(hostTimeline(host).length, 1);
});

Deno.test("thirty reports at once: ten count, and the reporter is told that the others are too fast", () => {
  const { world, listeners: [listener] } = openStands(1);
  const ids = Array.from(
    { length: 30 },
    (_, index) => world.report(listener!, { ...GOAL, time: world.now - index * 11 * SECOND }),
  );
  world.run(10 * SECOND);
  const states = ids.map((id) => statesOf(listener!, id).join(", "));
  assert.deepEqual(states.slice(0, 10), Array(10).fill("sent, counted"));
  assert.deepEqual(states.slice(10, 20), Array(10).fill("sent, refused too-fast"));
  assert(states.slice(20).every((one) => /^sent, (counted|refused too-fast)$/.test(one)));
});

Deno.test("thirty reports made while the host is away: ten go at once, then one a second, and none is lost", () => {
  const store = new MemoryStore();
  const { world, listeners: [listener] } = openStands(1, { store });
  world.killHost();
  const ids = Array.from({ length: 30 }, (_, index) => {
    world.run(SECOND);
    return world.report(listener!, { ...GOAL, time: world.now - index * 12 * SECOND });
  });
  const host = world.startHost({ ...STANDS, store }, silence());
  world.runUntil(() => host.said("report").length >= 10, MINUTE, "ten");
  world.run(MINUTE);
  for (const id of ids) assert.deepEqual(statesOf(listener!, id), ["sent", "counted"]);
});

Deno.test("a host that names the teams anew tells reporters, and forgets what was open", () => {
  const { world, host, listeners: [listener] } = openStands(1);
  world.report(listener!, GOAL);
  world.run(2 * SECOND);
  world.tell(({ core }) => core.setTeams({ home: "Grêmio", away: AWAY }, world.now));
  world.run(2 * SECOND);
  assert.deepEqual(candidatesOf(host, "Goal", HOME), ["reported 1", "retracted 1"]);
  assert.deepEqual(listener!.said("report-setup").at(-1)!.setup.origins, ["Grêmio", AWAY]);
  const id = world.report(listener!, { title: "Goal", origin: "Grêmio" });
  world.run(2 * SECOND);
  assert.deepEqual(statesOf(listener!, id), ["sent", "counted"]);
});

Deno.test("the host decides: what it confirms is an event, what it rejects is none", () => {
  const { world, host, listeners: [listener] } = openStands(1);
  world.report(listener!, GOAL);
  world.report(listener!, { title: "Corner", origin: HOME });
  world.run(2 * SECOND);
  const [goal, corner] = host.said("candidate").map(({ candidate }) => candidate);
  world.tell(({ core }) => core.decide(goal!.candidateId, true, world.now));
  world.tell(({ core }) => core.decide(corner!.candidateId, false, world.now));
  world.run(2 * SECOND);
  assert.deepEqual(timelineOf(listener!).map(({ event: { title } }) => title), ["Goal"]);
  assert.deepEqual(candidatesOf(host, "Corner", HOME), ["reported 1", "retracted 1"]);
  assert.equal(host.core.openCandidates.length, 0);
});

Deno.test("whoever comes later is told what is open, and not what is over", () => {
  const { world, listeners: [listener] } = openStands(1);
  world.report(listener!, { title: "Corner", origin: HOME });
  world.run(31 * SECOND);
  world.report(listener!, GOAL);
  world.run(SECOND);
  const late = world.addListener();
  world.run(5 * SECOND);
  assert.deepEqual(
    late.said("candidate").map(({ candidate: { title, state } }) => [title, state]),
    [
      ["Goal", "reported"],
    ],
  );
});

Deno.test("reporters at two edges vote on one match", () => {
  const edges = [{ linkMillis: 5, clockAhead: 0 }, { linkMillis: 40, clockAhead: 9000 }];
  const world = new VirtualWorld();
  const host = world.startHost({ ...STANDS, edges }, silence());
  const split = host.core as unknown as { route(address: unknown, edge: number): void };
  const listeners = [0, 1, 2].map((index) => {
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return world.addListener();
  });
  world.runUntil(() => listeners.every(hasJoined), 10 * SECOND, "joined");
  world.run(2 * SECOND);
  const ids = listeners.map((listener) => world.report(listener, GOAL));
  world.run(5 * SECOND);
  listeners.forEach((listener, index) => {
    assert.deepEqual(statesOf(listener, ids[index]!), ["sent", "counted"]);
    assert.deepEqual(timelineOf(listener), hostTimeline(host));
    assert.equal(listener.said("candidate").at(-1)!.candidate.state, "confirmed");
  });
  assert.equal(hostTimeline(host).length, 1);
});
