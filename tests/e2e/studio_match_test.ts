import assert from "node:assert/strict";
import { TemporaryFolder } from "./fixtures.ts";
import { listen, Streamer } from "./streamer.ts";
import { GOAL, ScriptedPage, startStudio, STUDIO } from "./studio_client.ts";

Deno.test("--studio beside --events: the file's end is not the broadcast's, and the score holds", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const events = folder.file("events.ndjson");
  const line = { type: "goal", team: "home", score: "1 x 0" };
  await Deno.writeTextFile(events, `${JSON.stringify(line)}\n`);
  const { host, link, studio } = await startStudio(opened, [
    ...STUDIO,
    ...["--events", events, "--interval", "100ms"],
  ]);
  const listener = opened.use(listen([link]));
  const page = opened.use(await ScriptedPage.open(studio));
  await page.hear("match-state", ({ count }) => count === 1);
  page.say({ ...GOAL, id: "goal-1" });
  const told = await listener.line("event", ({ event }) => event.event.id === "goal-1");
  assert.equal(told.event.score, "2 x 0");
  page.say({ ...GOAL, id: "goal-2" });
  await page.hear("match-answer", ({ id }) => id === "goal-2");
  host.kill("SIGINT");
  await host.end();
  await listener.end();
  const last = listener.lines.findLast(({ kind }) => kind === "event")!;
  assert.deepEqual(
    [last.event.event.id, last.event.score],
    ["goal-2", "3 x 0"],
    "what could still be undone goes out before the end",
  );
});

Deno.test("--actions names the buttons, and what is wrong in its file", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const [good, bad] = [folder.file("good.json"), folder.file("bad.json")];
  await Deno.writeTextFile(good, '[{"title": "Try", "type": "goal", "points": 5}]');
  await Deno.writeTextFile(bad, '[{"title": "Try", "type": "bang"}]');
  const { link, studio } = await startStudio(opened, [...STUDIO, "--actions", good]);
  const listener = opened.use(listen([link]));
  const page = opened.use(await ScriptedPage.open(studio));
  const { actions } = await page.hear("match-setup");
  assert.deepEqual(actions.map(({ title, points }) => [title, points]), [["Try", 5]]);
  page.say({ ...GOAL, title: "Try", id: "try-1" });
  const { event } = await listener.line("event");
  assert.equal(event.score, "5 x 0");
  const program = opened.use(
    new Streamer(["serve", "--port", "0", "--json", ...STUDIO, "--actions", bad]),
  );
  await program.end(2);
  assert.match(program.stderr, /--actions .*bad\.json: action 1: "type" is "bang"/);
});

Deno.test("the page names the teams: listeners, late ones and a restart have the names", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(new TemporaryFolder());
  const args = [...STUDIO, "--db", folder.file("match.db")];
  const { host, link, studio } = await startStudio(opened, args);
  const early = opened.use(listen([link]));
  assert.equal((await early.line("joined")).match, undefined);
  const page = opened.use(await ScriptedPage.open(studio));
  const teams = { home: "Grêmio", away: "Vasco" };
  page.say({ kind: "match", do: "teams", id: "t1", ...teams });
  await page.hear("match-setup", ({ away }) => away === "Vasco");
  for (const told of [host, early]) {
    const { home, away } = await told.line("teams");
    assert.deepEqual({ home, away }, teams);
  }
  const late = opened.use(listen([link]));
  assert.deepEqual((await late.line("joined")).match, teams);
  page.say({ ...GOAL, origin: "Vasco", id: "goal-1" });
  const { event } = await late.line("event");
  assert.deepEqual([event.event.origin, event.score], ["Vasco", "0 x 1"]);
  await page.hear("match-state", ({ teamsFixed = "" }) => /names stay/.test(teamsFixed));
  host.kill("SIGINT");
  await host.end();
  const again = await startStudio(opened, args);
  const back = opened.use(await ScriptedPage.open(again.studio));
  const { home, away } = await back.hear("match-setup");
  assert.deepEqual({ home, away }, teams);
});
