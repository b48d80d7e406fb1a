import assert from "node:assert/strict";
import { Club } from "./club.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { report } from "./report.ts";
import { listen, serve, Streamer } from "./streamer.ts";
import { GOAL, ScriptedPage, startStudio, STUDIO } from "./studio_client.ts";

const MATCH = ["--match", "Flamengo x Santos"];
const HOME = { title: "Goal", origin: "Flamengo" };
const AWAY = { title: "Goal", origin: "Santos" };
/** A lie of an offside expires soon; the votes on a goal last through a restart. */
const ACTIONS = JSON.stringify([
  { title: "Goal", type: "goal", windowSeconds: 120 },
  { title: "Corner", type: "corner" },
  { title: "Offside", type: "offside", windowSeconds: 2 },
]);

Deno.test("two report a goal: one event; a lie expires; undo, denial, correction; a restart", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const actions = folder.file("actions.json");
  await Deno.writeTextFile(actions, ACTIONS);
  const args = [...MATCH, "--reports", "open", "--actions", actions, "--db", folder.file("a.db")];
  const { host, link, port } = await serve(args);
  opened.use(host);
  const join = () => opened.use(listen([link, "--report", "-"], { stdin: "open" }));
  const [one, other, liar] = [join(), join(), join()];
  for (const listener of [one, other, liar]) {
    const setup = await listener.line("setup");
    assert.deepEqual(setup.origins, ["Flamengo", "Santos"]);
    assert.deepEqual(setup.actions, ["Goal", "Corner", "Offside"]);
  }

  assert.equal(
    (await report(liar, { title: "Offside", origin: "Santos", id: "lie" })).state,
    "counted",
  );
  assert.equal((await report(one, { ...HOME, id: "a1" })).state, "counted");
  await other.write("{this is no report\n");
  assert.equal((await report(other, { ...HOME, id: "b1" })).state, "counted");
  const { event: goal } = await one.line("event");
  for (const listener of [one, other, liar]) {
    const { event } = await listener.line("event");
    assert.deepEqual([event.score, event.event.agreement.votes], ["1 x 0", 2]);
  }
  const notice = /--report -, line 1: it is not JSON such as .*: the line is left out/;
  await other.until(() => notice.test(other.stderr), "word of the line that is no JSON");
  await host.line("candidate", ({ title, state }) => title === "Offside" && state === "expired");

  await report(one, { title: "Corner", origin: "Santos", id: "a2" });
  await report(one, { type: "undo", supersedes: "a2", id: "a3" });
  await host.line("candidate", ({ title, state }) => title === "Corner" && state === "retracted");
  await report(one, { title: "Corner", origin: "Flamengo", id: "a4" });
  await report(liar, { type: "denial", title: "Corner", origin: "Flamengo", id: "c2" });
  await report(other, { title: "Corner", origin: "Flamengo", id: "b2" });
  const corner = await host.line(
    "candidate",
    ({ title, origin, votes, against }) =>
      title === "Corner" && origin === "Flamengo" && votes === 2 && against === 1,
  );
  assert.equal(corner.state, "provisional");

  const correction = {
    ...AWAY,
    type: "correction",
    supersedes: goal.event.id,
    time: goal.event.time,
  };
  await report(one, { ...correction, id: "a5" });
  host.kill("SIGKILL");
  await host.finished;
  const place = ["--host", "127.0.0.1", "--port", String(port), "--json"];
  opened.use(new Streamer(["serve", ...place, ...args]));
  await report(other, { ...correction, id: "b5" });
  for (const listener of [one, other, liar]) {
    const { event } = await listener.line("event", ({ event }) => event.count === 2);
    assert.equal(event.score, "0 x 1");
    assert.equal(event.event.supersedes, goal.event.id);
    assert.equal(event.event.agreement.votes, 2, "one of them from before the restart");
    assert.equal(listener.lines.filter(({ kind }) => kind === "event").length, 2);
  }
});

Deno.test("with --reports tokens only a reporter's token counts, in clear too", async () => {
  await using club = new Club();
  const reporter = await club.make("Ann", "--role", "reporter");
  const listener = await club.make("Bob");
  for (const plain of [[], ["--plain"]]) {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve([
      ...MATCH,
      "--tokens",
      club.register,
      "--studio",
      "127.0.0.1:0",
      ...plain,
    ]);
    opened.use(host);
    const join = (file: string) =>
      opened.use(listen([link, "--token-file", file, "--report", "-"], { stdin: "open" }));
    const [ann, bob] = [join(reporter), join(listener)];
    assert.equal((await report(ann, { ...HOME, id: "a1" })).state, "counted");
    const { state, code } = await report(bob, { ...HOME, id: "b1" });
    assert.deepEqual({ state, code }, { state: "refused", code: "not-a-reporter" });
    const told = await host.line("report", ({ reportId }) => reportId === "b1");
    assert.deepEqual([told.verdict, told.code], ["refused", "not-a-reporter"]);
    assert.ok(bob.lines.every(({ kind }) => kind !== "setup"));
  }
});

Deno.test("the host's press is a vote that confirms, and the studio decides what is open", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, link, studio } = await startStudio(opened, [...STUDIO, "--reports", "open"]);
  const page = opened.use(await ScriptedPage.open(studio));
  const join = () => opened.use(listen([link, "--report", "-"], { stdin: "open" }));
  const [one, other] = [join(), join()];
  const goal = { title: GOAL.title, origin: GOAL.origin };
  await report(one, { ...goal, id: "a1" });
  page.say({ ...GOAL, id: "goal-1" });
  await host.line("candidate", ({ eventId }) => eventId === "goal-1");
  assert.equal((await report(other, { ...goal, id: "b1" })).state, "counted");
  const { event } = await one.line("event");
  assert.deepEqual([event.event.id, event.score, event.event.agreement], [
    "goal-1",
    "1 x 0",
    undefined,
  ]);
  await report(one, { title: "Corner", origin: "Away", id: "a2" });
  const { candidateId } = await host.line("candidate", ({ title }) => title === "Corner");
  page.say({ kind: "decide", id: "d1", candidateId, isConfirmed: true });
  const corner = await other.line("event", ({ event }) => event.event.title === "Corner");
  assert.deepEqual([corner.event.count, corner.event.event.agreement.votes], [2, 1]);
});

Deno.test("what --report and --actions can't be is said in one line", async () => {
  await using opened = new AsyncDisposableStack();
  const missing = opened.use(listen(["--report", "/nowhere/reports.ndjson"]));
  await missing.end(1);
  assert.match(
    missing.stderr,
    /^Error: --report \/nowhere\/reports\.ndjson does not exist: check the path\n$/,
  );
});
