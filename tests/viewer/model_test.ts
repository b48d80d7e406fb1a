import assert from "node:assert/strict";
import type { ListenerOutput } from "../../client/interface/output.ts";
import { parseToPage, serializePageMessage } from "../../shared/page/page.ts";
import { PageModel } from "../../viewer/model.ts";
import { channelLedger, joined, sampleEvent, SCREEN, SERVER } from "./fakes/outputs.ts";
import { scriptedMatch, ScriptedNetwork } from "./fakes/scripted_match.ts";

function createModel(...outputs: ListenerOutput[]): PageModel {
  const model = new PageModel(SERVER, 0);
  for (const output of outputs) model.apply(output, 0);
  return model;
}

const event = (words: Parameters<typeof sampleEvent>[0]) =>
  ({ kind: "event", channel: "events", event: sampleEvent(words) }) as const;

Deno.test("nothing is claimed before the host has spoken", () => {
  const { scoreboard, connection, sound, ledger } = createModel().state();
  assert.equal(scoreboard.status, "waiting");
  assert.equal(scoreboard.score, null);
  assert.equal(connection.state, "joining");
  assert.equal(connection.server, "127.0.0.1:5004");
  assert.equal(sound, null);
  assert.equal(ledger, null);
});

Deno.test("another page is told where one is served, and a link leads nowhere else", () => {
  assert.equal(createModel().state().beside, undefined);
  const beside = { title: "The packets", path: "/network" };
  const message = (path: string) => {
    const state = new PageModel(SERVER, 0, { beside: { ...beside, path } }).state();
    return parseToPage(serializePageMessage({ kind: "snapshot", now: 0, state }));
  };
  const told = message("/network");
  assert.ok(told.ok && told.value.kind === "snapshot");
  assert.deepEqual(told.value.state.beside, beside);
  for (
    const path of ["//elsewhere.example", "https://elsewhere.example", "javascript:alert(1)", ""]
  ) {
    assert.equal(message(path).ok, false, path);
  }
});

Deno.test("joining gives the teams and the sound, and pages get the whole state", () => {
  const model = createModel();
  assert.equal(model.apply(joined(), 3).isReset, true);
  const { scoreboard, connection, sound } = model.state();
  assert.deepEqual([scoreboard.home, scoreboard.away], ["Flamengo", "Palmeiras"]);
  assert.deepEqual([scoreboard.status, scoreboard.score], ["notStarted", [0, 0]]);
  assert.deepEqual([connection.state, connection.since], ["connected", 3]);
  assert.deepEqual(sound, { codec: "mp3", sampleRate: 44_100, channelCount: 1 });
});

Deno.test("events from before the first join are told apart, until there is another timeline", () => {
  const late = joined({ timeline: { count: 7, score: "1 x 0" } });
  const model = createModel(late, event({ count: 7 }), event({ count: 8 }));
  assert.equal(model.state().pastEvents, 7);
  model.apply(joined({ timeline: { count: 9, score: "1 x 0" } }, true), 1);
  assert.equal(model.state().pastEvents, 7);
  model.apply({ kind: "timeline-reset", channel: "events" }, 2);
  assert.equal(model.state().pastEvents, undefined);
});

Deno.test("sound that begins late is shown, and what the host has stopped is not", () => {
  const { info } = joined() as Extract<ListenerOutput, { kind: "joined" }>;
  const [audio] = info.channels;
  const model = createModel(joined({ channels: [] }));
  assert.equal(model.state().sound, null);
  const change = { channel: "audio", codec: "mp3" } as const;
  const started = { kind: "channel-started", ...change, info: audio! } as const;
  assert.equal(model.apply(started, 1).isReset, true);
  assert.deepEqual(model.state().sound, { codec: "mp3", sampleRate: 44_100, channelCount: 1 });
  model.apply({ ...started, channel: "data" }, 2);
  assert.deepEqual(model.state().sound, { codec: "mp3", sampleRate: 44_100, channelCount: 1 });
  assert.equal(model.apply({ kind: "channel-ended", ...change }, 3).isReset, true);
  assert.equal(model.state().sound, null);
});

Deno.test("a channel pauses while its source is away, until it is back, ends or begins again", () => {
  const { info } = joined() as Extract<ListenerOutput, { kind: "joined" }>;
  const audio = { channel: "audio", codec: "mp3" } as const;
  const screen = { channel: "screen", codec: "h264" } as const;
  const model = createModel(joined());
  assert.equal(model.state().paused, undefined);
  const paused = model.apply({ kind: "channel-paused", ...audio }, 1);
  assert.deepEqual(paused, { changes: [{ kind: "paused", channels: ["audio"] }], isReset: false });
  model.apply({ kind: "channel-paused", ...screen }, 2);
  assert.deepEqual(model.state().paused, ["audio", "screen"]);
  model.apply(joined(), 3);
  assert.deepEqual(model.state().paused, ["audio", "screen"], "the same broadcast goes on");
  model.apply({ kind: "channel-resumed", ...audio }, 4);
  assert.deepEqual(model.state().paused, ["screen"]);
  model.apply({ kind: "channel-ended", ...screen }, 5);
  assert.equal(model.state().paused, undefined);
  model.apply({ kind: "channel-paused", ...audio }, 6);
  model.apply({ kind: "channel-started", ...audio, info: info.channels[0]! }, 7);
  assert.equal(model.state().paused, undefined);
});

Deno.test("teams that are named in mid-session are shown, also when that was while the listener was away", () => {
  const model = createModel(joined({ match: { home: "Home", away: "Away" } }), event({ count: 1 }));
  const named = model.apply({ kind: "teams", home: "Santos", away: "Vasco" }, 1);
  assert.deepEqual(named.changes.map(({ kind }) => kind), ["scoreboard"]);
  const shown = () => [model.state().scoreboard.home, model.state().scoreboard.away];
  assert.deepEqual(shown(), ["Santos", "Vasco"]);
  const timeline = { count: 1, score: "0 x 0" };
  model.apply(joined({ match: { home: "Bahia", away: "Vitória" }, timeline }), 2);
  assert.deepEqual(shown(), ["Bahia", "Vitória"]);
  assert.equal(model.state().timeline.length, 1);
});

Deno.test("a late joiner knows the score before the next event", () => {
  const model = createModel(joined({ timeline: { count: 40, score: "2 x 1" } }));
  const { scoreboard } = model.state();
  assert.deepEqual([scoreboard.score, scoreboard.status, scoreboard.count], [[2, 1], "live", 40]);
});

Deno.test("score, clock and status follow a whole match", () => {
  const model = createModel(joined());
  const seen = scriptedMatch((index) => index * 200).map((event) => {
    model.apply({ kind: "event", channel: "events", event }, 0);
    const { score, status, clock } = model.state().scoreboard;
    return `${clock.text} ${score!.join("-")} ${status}`;
  });
  assert.equal(seen[0], "00:00 0-0 live");
  assert.equal(seen[5], "23:10 1-0 live");
  assert.equal(seen[9], "44:58 1-0 live");
  assert.equal(seen[10], "47:31 1-0 halfTime");
  assert.equal(seen[11], "45:00 1-0 live");
  assert.equal(seen.at(-1), "93:10 2-1 fullTime");
  assert.equal(model.state().timeline.length, seen.length);
});

Deno.test("a remark starts no match, and ends no pause", () => {
  const model = createModel(joined(), event({ count: 1, type: "note" }));
  assert.equal(model.state().scoreboard.status, "notStarted");
  model.apply(event({ count: 2, type: "halfTime" }), 0);
  model.apply(event({ count: 3, type: "note" }), 0);
  assert.equal(model.state().scoreboard.status, "halfTime");
});

Deno.test("the statistics count every entry once, and none that was corrected", () => {
  const goal = { type: "goal", title: "Goal", origin: "Flamengo" } as const;
  const model = createModel(joined(), event({ ...goal, count: 1 }), event({ ...goal, count: 2 }));
  const goals = () => {
    const row = model.state().statistics.find(({ title }) => title === "Goal");
    return [row?.home, row?.away];
  };
  assert.deepEqual(goals(), [2, 0]);
  const taken = { ...goal, count: 3, origin: "Palmeiras", supersedes: "event-1" };
  const { changes } = model.apply(event(taken), 1);
  assert.deepEqual(goals(), [1, 1]);
  const [told] = changes;
  assert.deepEqual(told?.kind === "event" && told.statistics, model.state().statistics);
  model.apply({ kind: "timeline-reset", channel: "events" }, 2);
  assert.deepEqual(goals(), [0, 0]);
});

Deno.test("an event out of order is put in its place and does not turn the clock back", () => {
  const model = createModel(
    joined(),
    event({ count: 1, clock: "01:00" }),
    event({ count: 3, type: "goal", clock: "03:00", score: "1 x 0" }),
    event({ count: 2, clock: "02:00" }),
  );
  const { timeline, scoreboard } = model.state();
  assert.deepEqual(timeline.map(({ count }) => count), [1, 2, 3]);
  assert.deepEqual([scoreboard.clock.text, scoreboard.score], ["03:00", [1, 0]]);
});

Deno.test("the same event twice is one entry and no news", () => {
  const model = createModel(joined(), event({ count: 1 }));
  assert.deepEqual(model.apply(event({ count: 1 }), 0), { changes: [], isReset: false });
  assert.equal(model.state().timeline.length, 1);
});

Deno.test("a match that continues after a rejoin keeps its timeline; a new one starts empty", () => {
  const model = createModel(joined(), event({ count: 1 }), event({ count: 2 }));
  model.apply(joined({ timeline: { count: 5, score: "1 x 0" } }, true), 0);
  assert.equal(model.state().timeline.length, 2);
  model.apply(joined({ timeline: { count: 0, score: "0 x 0" } }, true), 0);
  assert.equal(model.state().timeline.length, 0);
  assert.equal(model.state().scoreboard.status, "notStarted");
});

Deno.test("a host with a new timeline empties the page, however long that timeline is", () => {
  const model = createModel(joined(), event({ count: 1 }), event({ count: 2 }));
  assert.equal(model.apply({ kind: "timeline-reset", channel: "events" }, 0).isReset, true);
  model.apply(joined({ timeline: { count: 7, score: "3 x 1" } }, true), 0);
  const { timeline, scoreboard } = model.state();
  assert.deepEqual([timeline, scoreboard.score], [[], [3, 1]]);
});

Deno.test("another event under a known count means another timeline", () => {
  const model = createModel(joined(), event({ count: 1 }), event({ count: 2, score: "1 x 0" }));
  const update = model.apply(event({ count: 1, id: "another", clock: "00:05" }), 0);
  assert.equal(update.isReset, true);
  const { timeline, scoreboard } = model.state();
  assert.deepEqual(timeline.map(({ event }) => event.id), ["another"]);
  assert.deepEqual(scoreboard.score, [0, 0]);
});

Deno.test("the clock ticks only for a match in real time, and stops with the connection", () => {
  const model = createModel(joined());
  const tell = (count: number, clock: string, time: number) =>
    model.apply(event({ count, type: "foul", clock, time }), time);
  tell(1, "00:10", 10_000);
  assert.equal(model.state().scoreboard.clock.isRunning, false);
  tell(2, "00:22", 22_000);
  assert.equal(model.state().scoreboard.clock.isRunning, true);
  const { changes } = model.apply({ kind: "connection", state: "silent" }, 30_000);
  assert.deepEqual(changes.map(({ kind }) => kind), ["connection", "scoreboard"]);
  assert.equal(model.state().scoreboard.clock.isRunning, false);
  tell(3, "08:00", 32_000);
  assert.equal(model.state().scoreboard.clock.isRunning, false);
});

Deno.test("a correction changes the score, and neither turns the clock back nor ends a pause", () => {
  const model = createModel(joined());
  const tell = (told: Parameters<typeof event>[0], now: number) => model.apply(event(told), now);
  const shown = () => {
    const { clock: { text, period, isRunning, at }, score, status, count } =
      model.state().scoreboard;
    return [text, period, isRunning, at, score!.join("-"), status, count];
  };
  tell({ count: 1, type: "goal", clock: "10:00", time: 10_000, score: "1 x 0" }, 10_000);
  tell({ count: 2, clock: "10:12", time: 22_000, score: "1 x 0" }, 22_000);
  const wrong = { clock: "10:00", supersedes: "e1" };
  tell({ count: 3, type: "note", ...wrong, time: 25_000 }, 25_000);
  assert.deepEqual(shown(), ["10:12", 1, true, 22_000, "0-0", "live", 3]);
  tell({ count: 4, type: "halfTime", clock: "45:00", time: 60_000 }, 60_000);
  tell({ count: 5, type: "goal", ...wrong, time: 70_000, score: "0 x 1" }, 70_000);
  assert.deepEqual(shown(), ["45:00", 1, false, 60_000, "0-1", "halfTime", 5]);
});

Deno.test("the pace of the clock is not taken from corrections", () => {
  const model = createModel(joined());
  const tell = (told: Parameters<typeof event>[0]) => model.apply(event(told), told.time!);
  tell({ count: 1, type: "foul", clock: "00:10", time: 10_000 });
  tell({ count: 2, type: "foul", clock: "00:01", time: 11_000, supersedes: "e1" });
  tell({ count: 3, type: "foul", clock: "00:22", time: 22_000 });
  assert.equal(model.state().scoreboard.clock.isRunning, true);
  tell({ count: 4, type: "foul", clock: "00:01", time: 22_500, supersedes: "e1" });
  tell({ count: 5, type: "foul", clock: "00:24", time: 24_000 });
  assert.equal(model.state().scoreboard.clock.isRunning, true);
});

Deno.test("the end is described in words, and a refusal in the host's words", () => {
  const over = createModel(joined(), { kind: "ended", reason: "bye" }).state().connection;
  assert.deepEqual([over.state, over.reason, over.end], [
    "ended",
    "The broadcast is over",
    "bye",
  ]);
  const refused = createModel(
    { kind: "rejected", code: 1402, reason: "full", retryAfterMillis: 0 },
    { kind: "ended", reason: "rejected", code: 1402 },
  ).state().connection;
  assert.deepEqual([refused.state, refused.reason, refused.end, refused.code], [
    "rejected",
    "full (1402)",
    "rejected",
    1402,
  ]);
});

Deno.test("each second of the network is a sample of its own, whatever went before", () => {
  const model = createModel(joined());
  const measure = (at: number, expected: number, lost: number, delay: number, emitted: number) =>
    model.apply({
      kind: "stats",
      ledger: {
        at,
        junk: {},
        channels: [channelLedger({
          packetsExpected: expected,
          packetsReceived: expected - lost,
          networkLost: lost,
          jitter: 0.0015,
          jitterBufferDelay: delay,
          jitterBufferEmittedCount: emitted,
        })],
      },
    }, at);
  measure(1000, 100, 10, 18, 90);
  measure(2000, 200, 10, 38, 190);
  measure(3000, 250, 9, 38, 190);
  const history = model.state().history;
  assert.deepEqual(history.map(({ lossPercent }) => lossPercent), [10, 0, 0]);
  assert.deepEqual(history.map(({ bufferMillis }) => Math.round(bufferMillis)), [200, 200, 200]);
  assert.deepEqual(history.map(({ jitterMillis }) => jitterMillis), [1.5, 1.5, 1.5]);
});

Deno.test("of live data the buffer is the delay until a message is shown: its packets wait nowhere else", () => {
  const model = createModel(joined());
  const data = channelLedger({
    channel: "data",
    messagesReceived: 10,
    jitterBufferDelay: 0,
    jitterBufferEmittedCount: 90,
    jitterBufferTargetDelay: 0.2,
  });
  model.apply({ kind: "stats", ledger: { at: 1000, junk: {}, channels: [data] } }, 1000);
  assert.equal(model.state().history[0]!.bufferMillis, 200);
});

Deno.test("events of another channel than the timeline change nothing", () => {
  const model = createModel(joined(), event({ count: 1 }));
  const before = model.state();
  const other = { ...event({ count: 2 }), channel: "data" } as const;
  assert.deepEqual(model.apply(other, 0), { changes: [], isReset: false });
  const reset = { kind: "timeline-reset", channel: "data" } as const;
  assert.deepEqual(model.apply(reset, 0), { changes: [], isReset: false });
  assert.deepEqual(model.state(), before);
});

Deno.test("every state and change is one that a page accepts, and the state stays bounded", () => {
  const model = createModel(joined());
  const network = new ScriptedNetwork();
  for (let second = 0; second < 700; second++) {
    const outputs: ListenerOutput[] = [
      event({ count: second + 1, type: "shot" }),
      { kind: "stats", ledger: network.next(second * 1000) },
    ];
    for (const output of outputs) {
      for (const change of model.apply(output, second * 1000).changes) {
        assert.ok(parseToPage(serializePageMessage(change)).ok);
      }
    }
  }
  const state = model.state();
  assert.equal(state.timeline.length, 500);
  assert.equal(state.timeline.at(-1)!.count, 700);
  assert.equal(state.history.length, 300);
  assert.ok(parseToPage(serializePageMessage({ kind: "snapshot", now: 0, state })).ok);
});

Deno.test("the screen is shown from its start to its end, and its end is remembered", () => {
  const model = createModel(joined());
  assert.deepEqual([model.state().screen, model.state().channels], [null, ["audio", "events"]]);
  const change = { channel: "screen", codec: "h264" } as const;
  assert.equal(model.apply({ kind: "channel-started", ...change, info: SCREEN }, 1).isReset, true);
  assert.deepEqual(model.state().screen, { codec: "h264", isShared: true, isHeld: false });
  assert.deepEqual(model.state().channels, ["audio", "events", "screen"]);
  assert.equal(model.apply({ kind: "channel-ended", ...change }, 2).isReset, true);
  assert.deepEqual(model.state().screen, { codec: "h264", isShared: false, isHeld: false });
  model.apply(joined({}, true), 3);
  assert.equal(model.state().screen?.isShared, false);
  model.apply(joined({ broadcastId: "00000000000000dd" }, true), 4);
  assert.deepEqual([model.state().screen, model.state().channels], [null, ["audio", "events"]]);
});

Deno.test("a held picture is a small change, told once", () => {
  const model = createModel(joined({ channels: [SCREEN] }));
  const held = { kind: "picture-held", channel: "screen", isHeld: true } as const;
  const screen = { codec: "h264", isShared: true, isHeld: true };
  const { changes, isReset } = model.apply(held, 1);
  assert.deepEqual([changes, isReset], [[{ kind: "screen", screen }], false]);
  assert.deepEqual(model.apply(held, 2).changes, []);
  assert.deepEqual(model.apply({ ...held, channel: "data", isHeld: false }, 2).changes, []);
  assert.equal(model.apply({ ...held, isHeld: false }, 3).changes.length, 1);
  assert.deepEqual(createModel(joined()).apply(held, 1).changes, []);
});

Deno.test("the chart is about the sound, else the screen, else the events, each by its own counts", () => {
  const model = createModel(joined());
  const measure = (at: number, ...channels: ReturnType<typeof channelLedger>[]) =>
    model.apply({ kind: "stats", ledger: { at, junk: {}, channels } }, at);
  const ledger = (
    channel: "audio" | "screen" | "events",
    packetsExpected: number,
    networkLost = 0,
  ) => channelLedger({ channel, packetsExpected, networkLost });
  measure(1, ledger("events", 5));
  measure(2, ledger("events", 10), ledger("screen", 100, 50));
  measure(3, ledger("events", 10), ledger("screen", 200, 60));
  measure(4, ledger("events", 10), ledger("screen", 300, 60), ledger("audio", 10, 4));
  measure(5, ledger("events", 10), ledger("screen", 400, 90), ledger("audio", 20, 5));
  const losses = model.state().history.map(({ lossPercent }) => lossPercent);
  assert.deepEqual(losses, [0, 50, 10, 40, 10]);
});
