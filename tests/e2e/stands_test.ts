import assert from "node:assert/strict";
import { sleep } from "./fixtures.ts";
import { report } from "./report.ts";
import type { JsonLine, Streamer } from "./streamer.ts";
import { Town } from "./town.ts";

const MISSPELT = "flamngo santso";
const GOAL = { title: "Goal", origin: "Flamengo" };
const OTHER_GOAL = { title: "Goal", origin: "Santos" };
const FOUL = { title: "Foul", origin: "Santos" };
const CORNER = { title: "Corner", origin: "Flamengo" };
/** What nobody adds a vote to expires in seconds, but later than a busy machine takes for two reports. */
const ACTIONS = JSON.stringify([
  { title: "Goal", type: "goal", windowSeconds: 12 },
  { title: "Foul", type: "foul" },
  { title: "Corner", type: "corner", windowSeconds: 12 },
]);

/** Each score that the directory's list shows, once for as long as it stays. */
class ShownScores implements AsyncDisposable {
  readonly scores: (string | null)[] = [];
  readonly #town: Town;
  readonly #finished: Promise<void>;
  #isOver = false;

  constructor(town: Town) {
    this.#town = town;
    this.#finished = this.#watch();
  }

  async until(score: string): Promise<void> {
    while (!this.scores.includes(score)) await sleep(50);
  }

  async #watch(): Promise<void> {
    const address = new URL(`v1/broadcasts?q=${encodeURIComponent(MISSPELT)}`, this.#town.url);
    while (!this.#isOver) {
      const { broadcasts } = await (await fetch(address)).json();
      const [{ score }] = broadcasts;
      if (score !== this.scores.at(-1)) this.scores.push(score);
      await sleep(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#finished;
  }
}

/** What the host tells of one vote, as it is in the end. */
async function decided(host: Streamer, title: string, origin: string, state: string) {
  const line = await host.line(
    "candidate",
    (line) => line.title === title && line.origin === origin && line.state === state,
  );
  const { votes, against, eventId } = line;
  return { votes, against, eventId };
}

/** The timeline as a listener tells it; when an event came is its own. */
function timelineOf({ lines }: Streamer): readonly JsonLine[] {
  return lines.filter(({ kind }) => kind === "event");
}

Deno.test("the stands report: found by misspelt words, two of three make a goal, and all tell the same match", async () => {
  await using town = new Town();
  const directory = await town.directory();
  await Deno.writeTextFile(town.file("actions.json"), ACTIONS);
  const actions = ["--actions", town.file("actions.json")];
  const { host } = await town.serve("--studio", "127.0.0.1:0", ...actions);
  const everybody: Streamer[] = [];
  // One after another: seven programs that start at once leave a busy directory no time to answer.
  const join = async (name: string, isReporter = false) => {
    const listener = town.search(name, MISSPELT, { isReporter });
    everybody.push(listener);
    await listener.line("joined");
    return listener;
  };
  for (const name of ["Dora", "Eli", "Fay"]) await join(name);
  const one = await join("Bo", true);
  const other = await join("Cleo", true);
  const liar = await join("Liar", true);
  for (const reporter of [one, other, liar]) {
    const { origins, actions } = await reporter.line("setup");
    assert.deepEqual([origins, actions], [["Flamengo", "Santos"], ["Goal", "Foul", "Corner"]]);
  }
  await using shown = new ShownScores(town);

  await report(liar, { ...OTHER_GOAL, id: "lie" });
  const happened = Date.now();
  await report(one, { ...GOAL, id: "a1", time: happened });
  await report(other, { ...GOAL, id: "b1", time: happened - 9000 });
  for (const listener of everybody) {
    const { event: told } = await listener.line("event");
    const { votes, against, reporters } = told.event.agreement;
    assert.deepEqual([told.score, votes, against, reporters], ["1 x 0", 2, 0, 3]);
  }
  await shown.until("1 x 0");
  const goal = await decided(host, "Goal", "Flamengo", "confirmed");

  await report(one, { ...FOUL, id: "a2" });
  await report(one, { type: "undo", supersedes: "a2", id: "a3" });
  await decided(host, "Foul", "Santos", "retracted");

  // Two of three would be enough, but for the one who denies it.
  const corner = { ...CORNER, time: Date.now() };
  await report(liar, { ...corner, id: "c2" });
  await report(one, { ...corner, type: "denial", id: "a4" });
  await report(other, { ...corner, id: "b2" });
  const outvoted = await decided(host, "Corner", "Flamengo", "expired");
  assert.deepEqual(outvoted, { votes: 2, against: 1, eventId: undefined });
  const lie = await decided(host, "Goal", "Santos", "expired");
  assert.deepEqual(lie, { votes: 1, against: 0, eventId: undefined });

  const correction = { ...OTHER_GOAL, type: "correction", supersedes: goal.eventId };
  await report(one, { ...correction, id: "a5", time: happened });
  assert.ok(everybody.every((listener) => timelineOf(listener).length === 1), "one vote is none");
  await report(other, { ...correction, id: "b5", time: happened });
  await join("Gil");
  for (const listener of everybody) {
    const { event: told } = await listener.line("event", ({ event }) => event.count === 2);
    assert.deepEqual([told.score, told.event.supersedes], ["0 x 1", goal.eventId]);
  }
  await shown.until("0 x 1");
  await shown[Symbol.asyncDispose]();
  assert.deepEqual(shown.scores, [null, "1 x 0", "0 x 1"]);

  host.kill("SIGINT");
  const { events } = await host.end(0);
  for (const listener of everybody) await listener.end(0);
  directory.kill("SIGINT");
  await directory.end(0);
  const confirmed = host.lines.filter(({ kind, state }) =>
    kind === "candidate" && state === "confirmed"
  );
  const timelines = everybody.map(timelineOf);
  for (const timeline of timelines) {
    assert.deepEqual(timeline, timelines[0]);
    assert.deepEqual(
      timeline.map(({ event }) => event.event.id),
      confirmed.map(({ eventId }) => eventId),
    );
    assert.equal(timeline.length, events);
  }
});
