import assert from "node:assert/strict";
import type { ListenerOutput } from "../../../../client/interface/output.ts";
import type { PageState } from "../../../../shared/page/page.ts";
import { PageModel as ViewerModel } from "../../../../viewer/model.ts";
import { PageModel } from "../../../../viewer/web/model/model.ts";
import { joined, sampleEvent, SCREEN, SERVER } from "../../fakes/outputs.ts";
import { scriptedMatch, ScriptedNetwork } from "../../fakes/scripted_match.ts";

function stateOf(model: PageModel): PageState {
  return {
    scoreboard: model.scoreboard.value!,
    connection: model.connection.value!,
    sound: model.sound.value,
    screen: model.screen.value,
    data: model.data.value,
    channels: [...model.channels.value],
    timeline: [...model.timeline.value],
    statistics: [...model.statistics.value],
    ledger: model.ledger.value,
    history: [...model.history.value],
    ...(model.beside.value && { beside: model.beside.value }),
  };
}

Deno.test("a page that applied every change shows what a new page would get", () => {
  const beside = { title: "The packets", path: "/network" };
  const viewer = new ViewerModel(SERVER, 0, { beside });
  const { info } = joined() as Extract<ListenerOutput, { kind: "joined" }>;
  viewer.apply(joined({ channels: [...info.channels, SCREEN] }), 0);
  const page = new PageModel(0);
  page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
  const network = new ScriptedNetwork();
  for (const [second, event] of scriptedMatch((index) => index * 1000).entries()) {
    const outputs = [
      { kind: "event", channel: "events", event },
      { kind: "stats", ledger: network.next(second * 1000) },
      { kind: "connection", state: second % 5 === 0 ? "silent" : "connected" },
      { kind: "picture-held", channel: "screen", isHeld: second % 3 === 0 },
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

/** A page with a screen, whose viewer gets what the test says. */
function pageWithScreen() {
  const viewer = new ViewerModel(SERVER, 0);
  const page = new PageModel(0);
  const tell = (output: ListenerOutput, now: number) => {
    const { changes, isReset } = viewer.apply(output, now);
    for (const change of changes) page.apply(change, now);
    if (isReset) page.apply({ kind: "snapshot", now, state: viewer.state() }, now);
  };
  tell(joined({ channels: [SCREEN], match: undefined }), 0);
  const hold = (isHeld: boolean, now: number) =>
    tell({ kind: "picture-held", channel: "screen", isHeld }, now);
  return { page, tell, hold };
}

Deno.test("what the broadcast does not have is not shown, and everything is until that is known", () => {
  const fresh = new PageModel(0);
  assert.deepEqual([fresh.hasMatch, fresh.hasEvents, fresh.hasSound].map(valueOf), [
    true,
    true,
    true,
  ]);
  const { page, tell } = pageWithScreen();
  assert.deepEqual([page.hasMatch, page.hasEvents, page.hasSound].map(valueOf), [
    false,
    false,
    false,
  ]);
  const [audio, events] = (joined() as Extract<ListenerOutput, { kind: "joined" }>).info.channels;
  tell({ kind: "channel-started", channel: "audio", codec: "mp3", info: audio! }, 1);
  assert.deepEqual([page.hasMatch, page.hasEvents, page.hasSound].map(valueOf), [
    false,
    false,
    true,
  ]);
  tell({ kind: "channel-started", channel: "events", codec: "json", info: events! }, 2);
  assert.deepEqual([page.hasMatch, page.hasEvents, page.hasSound].map(valueOf), [
    false,
    true,
    true,
  ]);
});

Deno.test("a score is shown with a match, not with a timeline in which nothing has happened", () => {
  const viewer = new ViewerModel(SERVER, 0);
  const page = new PageModel(0);
  const tell = (output: ListenerOutput) => {
    viewer.apply(output, 0);
    page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
    return page.hasMatch.value;
  };
  const home = { home: "Home", away: "Away" };
  assert.equal(tell(joined({ match: home })), false, "a studio that only talks");
  assert.equal(tell(joined({ match: undefined })), false);
  const event = sampleEvent({ count: 1, type: "kickOff" });
  assert.equal(tell({ kind: "event", channel: "events", event }), true);
  assert.equal(tell(joined({ match: home, timeline: { count: 4, score: "1 x 0" } })), true);
  assert.equal(tell(joined()), true);
});

Deno.test("a screen reader hears the end, and not that the connection is lost after it", () => {
  for (
    const [output, said] of [
      [{ kind: "ended", reason: "bye" }, /^The broadcast is over$/],
      [
        { kind: "rejected", code: 1403, reason: "the token was revoked", retryAfterMillis: 0 },
        /ended your session\. Ask the host why\. The host says: the token was revoked/,
      ],
    ] as const
  ) {
    const viewer = new ViewerModel(SERVER, 0);
    viewer.apply(joined(), 0);
    const page = new PageModel(0);
    page.setLink({ state: "open" });
    page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
    assert.equal(page.isLedgerWhole.value, true);
    for (const change of viewer.apply(output, 1).changes) page.apply(change, 1);
    assert.match(page.announcement.value, said);
    page.setLink({ state: "lost", retryAt: 1000 });
    assert.match(page.announcement.value, said);
    assert.equal(page.canPlay.value, false);
  }
});

Deno.test("while nothing comes, nobody says that nothing was missed", () => {
  const viewer = new ViewerModel(SERVER, 0);
  viewer.apply(joined(), 0);
  const page = new PageModel(0);
  page.setLink({ state: "open" });
  page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
  const tell = (output: ListenerOutput) => {
    for (const change of viewer.apply(output, 1).changes) page.apply(change, 1);
    return page.isLedgerWhole.value;
  };
  assert.equal(tell({ kind: "connection", state: "silent" }), false);
  assert.equal(tell({ kind: "connection", state: "connected" }), true);
  page.setLink({ state: "lost", retryAt: 1000 });
  assert.equal(page.announcement.value, "Connection lost");
  assert.equal(page.isLedgerWhole.value, false);
  assert.equal(tell({ kind: "ended", reason: "timeout" }), false);
});

Deno.test("a page knows how many events its viewer was too late for", () => {
  const viewer = new ViewerModel(SERVER, 0);
  const page = new PageModel(0);
  for (const count of [7, 0]) {
    viewer.apply(joined({ timeline: { count, score: "0 x 0" } }), 0);
    page.apply({ kind: "snapshot", now: 0, state: viewer.state() }, 0);
    assert.equal(page.pastEvents.value, count);
  }
});

Deno.test("a held picture is worth words after a moment, until it moves again", () => {
  const { page, hold } = pageWithScreen();
  assert.equal(page.needsTicks, false);
  hold(true, 1000);
  assert.equal(page.isHeldLong.value, false);
  assert.ok(page.needsTicks);
  page.tick(1399);
  assert.equal(page.isHeldLong.value, false);
  page.tick(1400);
  assert.equal(page.isHeldLong.value, true);
  hold(false, 1500);
  assert.equal(page.isHeldLong.value, false);
  assert.equal(page.needsTicks, false);
});

Deno.test("a screen reader hears of a long hold once, and not of each short one", () => {
  const { page, hold } = pageWithScreen();
  const heard: number[] = [];
  for (let second = 1; second < 100; second++) {
    hold(second % 2 === 1 || (second > 20 && second < 80), second * 1000);
    for (let quarter = 0; quarter < 4; quarter++) {
      page.announcement.value = "";
      page.tick(second * 1000 + quarter * 250);
      if (page.announcement.value.startsWith("Picture held")) heard.push(second);
    }
  }
  assert.deepEqual(heard, [23, 53]);
});

Deno.test("the start and the end of sharing are announced", () => {
  const { page, tell } = pageWithScreen();
  tell({ kind: "channel-ended", channel: "screen", codec: "h264" }, 5);
  assert.equal(page.screen.value!.isShared, false);
  assert.equal(page.announcement.value, "The host has stopped sharing the screen");
  tell({ kind: "channel-started", channel: "screen", codec: "h264", info: SCREEN }, 9);
  assert.equal(page.announcement.value, "The host shares the screen");
});

Deno.test("a pause of sound and screen is announced, and its end; a page opened meanwhile knows it", () => {
  const { page, tell } = pageWithScreen();
  const screen = { channel: "screen", codec: "h264" } as const;
  tell({ kind: "channel-paused", ...screen }, 5);
  assert.deepEqual(page.paused.value, ["screen"]);
  assert.equal(page.announcement.value, "The host's screen pauses");
  tell({ kind: "channel-resumed", ...screen }, 6);
  assert.deepEqual(page.paused.value, []);
  assert.equal(page.announcement.value, "The host's screen is back");
});

function valueOf({ value }: { readonly value: boolean }): boolean {
  return value;
}
