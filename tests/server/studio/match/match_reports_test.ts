import assert from "node:assert/strict";
import type { ConfirmedEvent } from "../../../../server/origin/reports/desk_interface.ts";
import { pressChanges } from "../../../../server/studio/match/press_changes.ts";
import { MAX_EVENT_BYTES, serializeEvent } from "../../../../shared/event/event.ts";
import { fitEvent } from "../../../../server/origin/timeline/new_event.ts";
import { foreign, Studio, TEAMS } from "./kit.ts";

const { home: HOME, away: AWAY } = TEAMS;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

function confirmed(title: string, origin: string, changes: Partial<ConfirmedEvent> = {}) {
  const agreement = { votes: 3, against: 1, reporters: 4, confirmedAfterMillis: 1234.56 };
  return {
    ...{ eventId: `report-${title}-${origin}`, candidateId: "c1", title, origin, type: 2 },
    ...{ time: 0, agreement },
    ...changes,
  };
}

const hasOwnScore = ({ event }: { event: { agreement?: unknown } }) =>
  event.agreement === undefined;

Deno.test("what reporters say has the clock of its time, a text, and counts by its kind", () => {
  const studio = new Studio({ hasOwnScore });
  studio.press("Kick-off");
  studio.pass(10 * MINUTE);
  const event = studio.control.ofReports(
    confirmed("Goal", HOME, { time: studio.now - 20 * SECOND }),
  );
  assert.equal(event.content, `Goal: ${HOME}`);
  assert.deepEqual([event.event.clock, event.event.period], ["09:40", 1]);
  assert.deepEqual(event.event.agreement, {
    ...{ votes: 3, against: 1, reporters: 4, confirmedAfterMillis: 1235 },
  });
  studio.push([event]);
  assert.equal(studio.score, "1 x 0");
  const correction = { supersedes: event.event.id!, time: studio.now };
  studio.push([studio.control.ofReports(confirmed("Goal", AWAY, correction))]);
  assert.equal(studio.score, "0 x 1");
  assert.equal(studio.entries.at(-1)!.content, `Correction: Goal: ${AWAY}`);
  studio.push([foreign("corner", HOME, "0 x 0")]);
  assert.equal(studio.score, "0 x 1", "another source counts for itself");
});

Deno.test("reporters begin and end the periods where no host does", () => {
  const studio = new Studio({ hasOwnScore });
  const say = (title: string, type: number) => {
    const event = studio.control.ofReports(confirmed(title, "", { type, time: studio.now }));
    studio.push([event]);
    return [event.event.clock, event.event.period];
  };
  assert.deepEqual(say("Kick-off", 5), ["00:00", 1]);
  studio.pass(46 * MINUTE);
  assert.deepEqual(say("Half-time", 9), ["46:00", 1]);
  studio.pass(15 * MINUTE);
  assert.deepEqual(say("Second half", 11), ["45:00", 2]);
  studio.pass(5 * MINUTE);
  assert.deepEqual(say("Goal", 2), ["50:00", 2]);
});

Deno.test("what is told of a time that is over has the clock of then", () => {
  const studio = new Studio({ hasOwnScore });
  studio.press("Kick-off");
  studio.pass(45 * MINUTE);
  studio.press("Half-time");
  studio.pass(2 * MINUTE);
  const at = (ago: number) => {
    const { event } = studio.control.ofReports(
      confirmed("Goal", HOME, { time: studio.now - ago }),
    );
    return [event.clock, event.period];
  };
  assert.deepEqual(at(3 * MINUTE), ["44:00", 1]);
  assert.deepEqual(at(MINUTE), ["45:00", 1]);
  studio.press("Second half");
  studio.pass(MINUTE);
  assert.deepEqual(at(30 * SECOND), ["45:30", 2]);
  assert.deepEqual(at(4 * MINUTE), ["44:00", 1]);
});

Deno.test("the longest names and ids fit a datagram with the agreement", () => {
  const longest = "ß".repeat(80);
  const studio = new Studio({ hasOwnScore });
  const event = studio.control.ofReports(confirmed(longest, longest, {
    eventId: `report-${"x".repeat(30)}`,
    supersedes: "y".repeat(64),
    time: studio.now,
  }));
  const fitted = fitEvent(event)!;
  const entry = { ...fitted, count: 250_000, time: studio.now };
  const bytes = serializeEvent({
    ...entry,
    event: { ...fitted.event, id: fitted.event.id!, time: studio.now },
  });
  assert.ok(bytes.length <= MAX_EVENT_BYTES);
});

Deno.test("a press that reporters were faster with is refused, and says so", () => {
  let near: string | undefined;
  const studio = new Studio({ hasOwnScore, acceptedNear: () => near });
  studio.press("Corner", HOME);
  studio.push([studio.control.ofReports(confirmed("Goal", HOME, { time: studio.now }))]);
  near = studio.entries.at(-1)!.event.id;
  const { ok, text } = studio.try({ do: "event", title: "Goal", origin: HOME });
  assert.equal(ok, false);
  assert.match(text ?? "", /Reporters have said it already: 00:00 Goal Flamengo/);
  near = "an event of the host";
  studio.press("Goal", HOME);
});

Deno.test("a press, its change and its undo are told apart", () => {
  const studio = new Studio();
  const changes = (act: () => void) => {
    const before = studio.control.waiting;
    act();
    return pressChanges(before, studio.control.waiting);
  };
  const { now: time } = studio;
  const goal = { eventId: "goal", title: "Goal", origin: HOME, time };
  const press = () => studio.say({ do: "event", title: "Goal", origin: HOME, id: "goal" });
  assert.deepEqual(changes(press), [{ kind: "host-reports", event: goal }]);
  assert.deepEqual(changes(() => studio.say({ do: "correct", event: "goal", origin: AWAY })), [
    { kind: "host-withdraws", eventId: "goal" },
    { kind: "host-reports", event: { ...goal, origin: AWAY } },
  ]);
  assert.deepEqual(changes(() => studio.say({ do: "start" })), []);
  assert.deepEqual(changes(() => studio.say({ do: "undo" })), [
    { kind: "host-withdraws", eventId: "goal" },
  ]);
});
