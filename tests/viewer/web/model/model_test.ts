import assert from "node:assert/strict";
import type { PageState } from "../../../../shared/page/page.ts";
import { PageModel as ViewerModel } from "../../../../viewer/model.ts";
import { PageModel } from "../../../../viewer/web/model/model.ts";
import { joined, sampleEvent, SERVER } from "../../fakes/outputs.ts";
import { scriptedMatch, ScriptedNetwork } from "../../fakes/scripted_match.ts";

function stateOf(model: PageModel): PageState {
  return {
    scoreboard: model.scoreboard.value!,
    connection: model.connection.value!,
    sound: model.sound.value,
    timeline: [...model.timeline.value],
    ledger: model.ledger.value,
    history: [...model.history.value],
  };
}

Deno.test("a page that applied every change shows what a new page would get", () => {
  const viewer = new ViewerModel(SERVER, 0);
  viewer.apply(joined(), 0);
  const page = new PageModel(0);
  page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
  const network = new ScriptedNetwork();
  for (const [second, event] of scriptedMatch((index) => index * 1000).entries()) {
    const outputs = [
      { kind: "event", channel: "events", event },
      { kind: "stats", ledger: network.next(second * 1000) },
      { kind: "connection", state: second % 5 === 0 ? "silent" : "connected" },
    ] as const;
    for (const output of outputs) {
      for (const change of viewer.apply(output, second).changes) page.apply(change, second);
    }
  }
  assert.deepEqual(stateOf(page), viewer.state());
});

Deno.test("goals are announced with the score; the content of a snapshot is not", () => {
  const viewer = new ViewerModel(SERVER, 0);
  viewer.apply(joined(), 0);
  const goal = sampleEvent({ count: 1, type: "goal", score: "1 x 0", content: "GOAL!" });
  const update = viewer.apply({ kind: "event", channel: "events", event: goal }, 0);
  const late = new PageModel(0);
  late.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
  assert.equal(late.announcement.value, "");
  late.apply(update.changes[0]!, 0);
  assert.equal(late.announcement.value, "GOAL! Flamengo 1, Palmeiras 0.");
});

Deno.test("a running clock ticks by the viewer's time, whatever the page's own clock says", () => {
  const viewer = new ViewerModel(SERVER, 0);
  viewer.apply(joined(), 0);
  const tell = (count: number, clock: string, time: number) =>
    viewer.apply(
      {
        kind: "event",
        channel: "events",
        event: sampleEvent({ count, type: "foul", clock, time }),
      },
      time,
    );
  tell(1, "59:30", 1000);
  tell(2, "59:50", 21_000);
  const ahead = 5_000_000;
  const page = new PageModel(0);
  page.apply({ kind: "snapshot", now: 22_000, state: viewer.state() }, 22_000 + ahead);
  assert.equal(page.clock.value, "59:51");
  assert.ok(page.needsTicks);
  page.tick(33_000 + ahead);
  assert.equal(page.clock.value, "60:02");
});

Deno.test("a stopped clock shows the last time that the host sent", () => {
  const page = new PageModel(0);
  assert.equal(page.clock.value, "");
  const viewer = new ViewerModel(SERVER, 0);
  viewer.apply(joined(), 0);
  viewer.apply({
    kind: "event",
    channel: "events",
    event: sampleEvent({ count: 1, clock: "12:34" }),
  }, 0);
  page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
  page.tick(60_000);
  assert.equal(page.clock.value, "12:34");
  assert.equal(page.needsTicks, false);
});
