import assert from "node:assert/strict";
import fc from "fast-check";
import { formatScore, parseScore, type TimelineEvent } from "../../../../shared/event/event.ts";
import { runs } from "../../../runs.ts";
import { foreign, type Said, Studio, TEAMS } from "./kit.ts";

const { home: HOME, away: AWAY } = TEAMS;

/** What a listener who reads all entries finds: each event counts as its last correction says. */
function scoreOf(entries: readonly TimelineEvent[]): string {
  const events: TimelineEvent[][] = [];
  for (const entry of entries) {
    const { supersedes } = entry.event;
    const corrected = events.find((versions) =>
      versions.some(({ event }) => event.id === supersedes)
    );
    if (corrected) corrected.push(entry);
    else events.push([entry]);
  }
  const goals = events.map((versions) => versions.at(-1)!.event).flatMap(({ title, origin }) => {
    if (title === "Goal") return [origin];
    return title === "Own goal" ? [origin === HOME ? AWAY : HOME] : [];
  });
  return formatScore([
    goals.filter((team) => team === HOME).length,
    goals.filter((team) => team === AWAY).length,
  ]);
}

/** A program that writes events and counts its own goals, as `--events` does: a correction keeps the score. */
class OtherSource {
  #score = "0 x 0";
  #count = 0;

  event(title: string, origin: string, supersedes?: string) {
    const isGoal = title === "Goal";
    const [home, away] = parseScore(this.#score);
    if (isGoal && supersedes === undefined) {
      this.#score = formatScore(origin === HOME ? [home + 1, away] : [home, away + 1]);
    }
    const id = `other-${++this.#count}`;
    const type = isGoal ? "goal" : title === "Comment" ? "note" : "foul";
    return foreign(type, origin, this.#score, { id, ...(supersedes && { supersedes }) });
  }
}

const team = fc.constantFrom(HOME, AWAY);
const title = fc.constantFrom("Goal", "Own goal", "Foul", "Corner");
/** Chooses one of the events that there are. */
const which = fc.nat(1000);

const pressing = [
  fc.record({ act: fc.constant("press" as const), title, team }),
  fc.record({ act: fc.constant("undo" as const), which }),
  fc.record({
    act: fc.constant("correct" as const),
    which,
    title: fc.option(title, { nil: undefined }),
    team: fc.option(team, { nil: undefined }),
  }),
  fc.record({ act: fc.constant("resend" as const), which }),
  fc.record({ act: fc.constant("pass" as const), millis: fc.nat(7000) }),
];
const disturbing = [
  fc.record({
    act: fc.constant("other" as const),
    title: fc.constantFrom("Goal", "Goal", "Foul", "Comment"),
    team,
    corrects: fc.option(which, { nil: undefined }),
  }),
  fc.record({ act: fc.constant("disk" as const), isFull: fc.boolean() }),
  fc.record({ act: fc.constant("restart" as const) }),
];
const alone = fc.oneof(...pressing);
const together = fc.oneof(...pressing, ...disturbing);
type Step = typeof together extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays the steps. @returns the studio, after all that waited went out. */
function play(steps: readonly Step[], isHooked: boolean) {
  const studio = new Studio({}, { isHooked });
  const other = new OtherSource();
  let sent: { readonly said: Said; readonly id: string }[] = [];
  const undone = new Set<string>();
  const say = (said: Said) => {
    const { id, ok } = studio.try(said);
    sent.push({ said, id });
    return ok;
  };
  const choose = (which: number) => {
    const ids = [...studio.entries.map(({ event }) => event.id), ...sent.map(({ id }) => id)];
    return ids[which % ids.length] ?? "none";
  };
  const chooseEntry = (which?: number) =>
    which === undefined ? undefined : studio.entries[which % studio.entries.length]?.event.id;
  for (const step of steps) {
    switch (step.act) {
      case "press":
        say({ do: "event", title: step.title, origin: step.team });
        break;
      case "undo": {
        const event = choose(step.which);
        const waits = studio.state.waiting.some(({ id }) => id === event);
        assert.ok(say({ do: "undo", event }) || !waits);
        if (waits) undone.add(event);
        break;
      }
      case "correct":
        say({
          do: "correct",
          event: choose(step.which),
          ...(step.title && { title: step.title }),
          ...(step.team && { origin: step.team }),
        });
        break;
      case "resend": {
        const again = sent[step.which % sent.length];
        if (again) studio.try({ ...again.said, id: again.id });
        break;
      }
      case "pass":
        studio.pass(step.millis);
        break;
      case "other":
        // A program corrects what it has read of the timeline.
        studio.push([other.event(step.title, step.team, chooseEntry(step.corrects))]);
        break;
      case "disk":
        studio.isStoreFull = step.isFull;
        studio.push([]);
        break;
      case "restart":
        studio.pass(6000);
        if (studio.isStoreFull) break;
        studio.restart();
        // A page sends again what had no answer, and what was undone or refused before had one.
        sent = sent.filter(({ id }) => studio.entries.some(({ event }) => event.id === id));
        break;
    }
  }
  studio.isStoreFull = false;
  studio.pass(6000);
  return { studio, undone };
}

function check({ studio, undone }: ReturnType<typeof play>): void {
  for (const [index, { score }] of studio.entries.entries()) {
    assert.equal(score, scoreOf(studio.entries.slice(0, index + 1)), `after ${index + 1} entries`);
  }
  assert.equal(studio.score, scoreOf(studio.entries));
  const ids = studio.entries.map(({ event }) => event.id);
  assert.deepEqual(ids.filter((id) => undone.has(id)), []);
  assert.equal(new Set(ids).size, ids.length);
}

Deno.test("whatever is pressed, undone and corrected, beside another source, each score is right", () => {
  fc.assert(
    fc.property(
      fc.array(together, { maxLength: 60, size: "max" }),
      (steps) => check(play(steps, true)),
    ),
    runs(60),
  );
});

Deno.test("the studio's own scores are right without the help of the timeline", () => {
  fc.assert(
    fc.property(
      fc.array(alone, { maxLength: 60, size: "max" }),
      (steps) => check(play(steps, false)),
    ),
    runs(40),
  );
});

Deno.test("what the page is shown of waiting events comes true when no other source is in between", () => {
  fc.assert(
    fc.property(fc.array(alone, { maxLength: 30, size: "max" }), (steps) => {
      const { studio } = play(steps, true);
      for (const step of steps) {
        if (step.act === "press") studio.try({ do: "event", title: step.title, origin: step.team });
      }
      const { waiting, count } = studio.state;
      studio.pass(6000);
      const came = studio.entries.slice(count);
      assert.deepEqual(came.map(({ event: { id } }) => id), waiting.map(({ id }) => id));
      assert.deepEqual(
        came.map(({ score }) => score),
        waiting.map(({ score }) => score.join(" x ")),
      );
    }),
    runs(20),
  );
});
