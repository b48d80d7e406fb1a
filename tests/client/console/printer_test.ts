import assert from "node:assert/strict";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import { JsonPrinter, TextPrinter } from "../../../client/console/printer.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { ledger, snapshot } from "../ledgers.ts";
import { acceptInfo, audioChannel, HOST, sampleEvent } from "../scripted_host.ts";
import { T0 } from "../starts.ts";

const JOINED: Extract<ListenerOutput, { kind: "joined" }> = {
  kind: "joined",
  connectionId: "00000000000000ff",
  info: acceptInfo(),
  server: HOST,
  again: false,
  secrecy: "linked",
};
const connection = (state: "joining" | "connected" | "silent" | "rejoining"): ListenerOutput => ({
  kind: "connection",
  state,
});
const event = (...args: Parameters<typeof sampleEvent>): ListenerOutput => ({
  kind: "event",
  channel: "events",
  event: sampleEvent(...args),
});

function feed(terminal: FakeTerminal, ...outputs: ListenerOutput[]): TextPrinter {
  const printer = new TextPrinter(terminal, () => "sound on");
  for (const output of outputs) printer.onOutput(output);
  return printer;
}

Deno.test("events are printed in columns: clock, score, phrase", () => {
  const terminal = new FakeTerminal();
  feed(
    terminal,
    JOINED,
    event(1, { content: "Kick-off!" }, { clock: "0:00" }),
    event(2, { content: "GOAL! Nine finds the corner.", score: "1 x 0", type: 2 }, {
      clock: "23:10",
    }),
    event(3, { content: "And again!", score: "10 x 0", type: 2 }, { clock: "120:59" }),
  );
  assert.deepEqual(terminal.screen, [
    "Joined 10.0.0.1:5004  |  Home x Away  |  MP3, 44.1 kHz, mono",
    "  0:00    0 x 0  Kick-off!",
    " 23:10    1 x 0  GOAL! Nine finds the corner.",
    "120:59   10 x 0  And again!",
    "",
  ]);
});

Deno.test("on a terminal the status stays below the feed, and trouble shows in it", () => {
  const terminal = new FakeTerminal(true, true);
  const stats: ListenerOutput = { kind: "stats", ledger: snapshot([ledger({ expected: 10 })]) };
  const printer = feed(terminal, JOINED, connection("connected"), stats, event(1));
  assert.match(terminal.screen.at(-1)!, /^sound on {4}buffer 200 ms/);
  assert.match(terminal.screen.at(-2)!, /Foul number 1/);
  printer.onOutput(connection("silent"));
  printer.onOutput(stats);
  assert.match(terminal.screen.at(-1)!, /^Nothing was received for 2 s/);
  printer.onOutput(connection("connected"));
  printer.onOutput(stats);
  assert.match(terminal.screen.at(-1)!, /^sound on/);
  printer.end({ reason: "bye", ledger: snapshot([ledger({ expected: 10 })]) });
  assert.ok(!terminal.screen.at(-1)!.includes("sound on"));
  assert.ok(terminal.screen.some((line) => line.startsWith("Expected")));
});

Deno.test("away from a terminal, statistics are no news; silence and return are, once each", () => {
  const terminal = new FakeTerminal();
  feed(
    terminal,
    connection("joining"),
    JOINED,
    connection("connected"),
    { kind: "stats", ledger: snapshot([ledger()]) },
    connection("silent"),
    connection("rejoining"),
    connection("rejoining"),
    { ...JOINED, again: true },
    connection("connected"),
  );
  assert.deepEqual(terminal.screen.slice(1), [
    "Nothing was received for 2 s: the network or the host may be down",
    "Trying to reach the host again",
    "Joined again 10.0.0.1:5004  |  Home x Away  |  MP3, 44.1 kHz, mono",
    "Connected again",
    "",
  ]);
});

Deno.test("colour is only a second signal, and is left out where it is not wanted", () => {
  const goal = event(1, { type: 2, content: "GOAL!", score: "1 x 0" });
  const [colored, plain] = [new FakeTerminal(true, true), new FakeTerminal(true, false)];
  feed(colored, goal);
  feed(plain, goal);
  assert.equal(colored.written, `\x1b[1m${plain.written.trimEnd()}\x1b[0m\n`);
  assert.equal(plain.written, " 10:00    1 x 0  GOAL!\n");
});

Deno.test("text from the network can't move the cursor, colour the screen or fake a line", () => {
  const terminal = new FakeTerminal();
  const match = { home: "Ho\x1b[2Jme\n", away: "Away" };
  feed(
    terminal,
    { ...JOINED, info: acceptInfo(0, { match }) },
    event(1, { content: "x\n 90:00    9 x 9  GOAL\x1b[31m\r\u202eback\u2028\u200f" }),
  );
  assert.equal(terminal.written.split("\n").length, 3);
  // deno-lint-ignore no-control-regex -- none may be left
  assert.doesNotMatch(terminal.written.replaceAll("\n", ""), /[\x00-\x1f\u202e\u2028\u200f]/);
});

Deno.test("nor can it in JSON lines, where a parser still reads every character of it", () => {
  const content = "x\x1b[2J\u0085\u009b31m\u202eback\u2028";
  const { terminal, lines } = json(event(1, { content }));
  assert.doesNotMatch(terminal.written.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.equal(lines()[0].event.content, content);
});

function json(...outputs: ListenerOutput[]) {
  const terminal = new FakeTerminal();
  const printer = new JsonPrinter(terminal);
  for (const output of outputs) printer.onOutput(output);
  const lines = () => terminal.written.trimEnd().split("\n").map((line) => JSON.parse(line));
  return { terminal, printer, lines };
}

Deno.test("a listener is told what is not encrypted or not verified, and nothing when all is", () => {
  const warning = (secrecy: "linked" | "unlinked" | "plain") => {
    const terminal = new FakeTerminal();
    feed(terminal, { ...JOINED, secrecy });
    return terminal.written.split("\n").slice(1).join("\n");
  };
  assert.doesNotMatch(warning("linked"), /\w/);
  assert.match(warning("unlinked"), /eavesdroppers.*impostors/);
  assert.match(warning("plain"), /NOT ENCRYPTED/);
  const terminal = new FakeTerminal();
  feed(terminal, { kind: "foreign-key" });
  assert.match(terminal.written, /another key than this join link/);
});

Deno.test("each JSON line is the contract's", () => {
  const channels = [ledger({ expected: 3 })];
  const { printer, lines } = json(
    connection("joining"),
    JOINED,
    event(1),
    { kind: "stats", ledger: snapshot(channels, 0.02) },
    { kind: "audio", channel: "audio", frames: [], mediaTime: 0, lostBefore: 0 },
    { kind: "ended", reason: "bye" },
  );
  printer.end({ reason: "rejected", code: 1402, ledger: snapshot(channels, 0.02) });
  const { channels: announced, match, timeline } = acceptInfo();
  assert.deepEqual(lines(), [
    { kind: "connection", state: "joining" },
    {
      kind: "joined",
      connectionId: "00000000000000ff",
      server: HOST,
      again: false,
      secrecy: "linked",
      match,
      channels: announced.map(({ kind: _kind, ...others }) => others),
      timeline,
    },
    { kind: "event", event: sampleEvent(1) },
    { kind: "stats", at: T0, roundTripTime: 0.02, channels, junk: {} },
    { kind: "summary", reason: "rejected", code: 1402, roundTripTime: 0.02, channels },
  ]);
});

Deno.test("an event of another channel than the timeline is a JSON line that names it, and no text", () => {
  const other: ListenerOutput = { kind: "event", channel: "data", event: sampleEvent(1) };
  const reset: ListenerOutput = { kind: "timeline-reset", channel: "data" };
  const { lines } = json(other, reset, { kind: "timeline-reset", channel: "events" });
  assert.deepEqual(lines(), [other, reset, { kind: "timeline-reset" }]);
  const terminal = new FakeTerminal();
  feed(terminal, other, reset);
  assert.equal(terminal.written, "");
});

Deno.test("of JSON lines too, statistics go first where there is no room", () => {
  const terminal = new FakeTerminal();
  const printer = new JsonPrinter(terminal);
  printer.onOutput(JOINED);
  printer.onOutput({ kind: "stats", ledger: snapshot([ledger({ expected: 3 })], 0.02) });
  printer.onOutput(event(1));
  assert.deepEqual(terminal.statuses, [terminal.lines[1] + "\n"]);
});

Deno.test("a round trip not known yet is null, and an end without a code has none", () => {
  const { printer, lines } = json();
  printer.end({ reason: "bye", ledger: snapshot([]) });
  assert.deepEqual(lines(), [{
    kind: "summary",
    reason: "bye",
    roundTripTime: null,
    channels: [],
  }]);
});

Deno.test("notices of a JSON listener go to stderr: standard output is for lines alone", () => {
  const { terminal, printer } = json();
  printer.notice("no player");
  assert.equal(terminal.written, "");
  assert.equal(terminal.errors, "no player\n");
});

Deno.test("channels that begin and end are JSON lines of the contract, and sentences for people", () => {
  const started = { kind: "channel-started", channel: "audio", codec: "mp3" } as const;
  const ended = { kind: "channel-ended", channel: "audio", codec: "mp3" } as const;
  const outputs = [{ ...started, info: audioChannel(0) }, ended];
  const terminal = new FakeTerminal();
  const printer = new JsonPrinter(terminal);
  for (const output of outputs) printer.onOutput(output);
  const lines = terminal.lines.map((line) => JSON.parse(line));
  assert.deepEqual(lines, [started, ended]);
  const people = new FakeTerminal();
  feed(people, ...outputs);
  assert.deepEqual(people.lines, [
    "The host has started the sound  |  MP3, 44.1 kHz, mono",
    "The host has stopped the sound",
  ]);
});

Deno.test("a screen is named where a listener joins, and where it begins", () => {
  const info = audioChannel(0, { channel: "screen", kind: "frames", codec: "vp8" });
  const terminal = new FakeTerminal();
  feed(
    terminal,
    { ...JOINED, info: acceptInfo(0, { channels: [{ ...info, codec: "h264" }] }) },
    { kind: "channel-started", channel: "screen", codec: "vp8", info },
    { kind: "channel-ended", channel: "screen", codec: "vp8" },
  );
  assert.deepEqual(terminal.lines, [
    "Joined 10.0.0.1:5004  |  Home x Away  |  no sound  |  screen in H.264",
    "The host has started the screen  |  screen in VP8",
    "The host has stopped the screen",
  ]);
});

Deno.test("live data is named where a listener joins, and where it begins and ends", () => {
  const info = audioChannel(0, { channel: "data", kind: "messages", codec: "data" });
  const terminal = new FakeTerminal();
  feed(
    terminal,
    { ...JOINED, info: acceptInfo(0, { channels: [info] }) },
    { kind: "data-setup", setup: { values: { energy: {} } } },
    { kind: "channel-started", channel: "data", codec: "data", info },
    { kind: "channel-ended", channel: "data", codec: "data" },
  );
  assert.deepEqual(terminal.lines, [
    "Joined 10.0.0.1:5004  |  Home x Away  |  no sound  |  live data",
    "The host has started the live data",
    "The host has stopped the live data",
  ]);
});

Deno.test("what people are told of the values is a line in the form of --data-setup", () => {
  const { terminal, printer } = json();
  const values = {
    energy: { title: "Energy", unit: "MeV", precision: 1, minimum: 0, warn: [10, 20] },
    mode: {},
  } as const;
  printer.onOutput({ kind: "data-setup", setup: { values } });
  assert.deepEqual(terminal.lines, [JSON.stringify({ kind: "data-setup", values })]);
  assert.deepEqual(terminal.statuses, []);
});

Deno.test("a reporter reads what can be reported, and what became of each report", () => {
  const terminal = new FakeTerminal();
  feed(
    terminal,
    {
      kind: "report-setup",
      setup: { type: "setup", origins: ["Fla\x1b[2J", "Santos"], actions: ["Goal", "Corner"] },
    },
    { kind: "report", reportId: "r1", state: "sent" },
    { kind: "report", reportId: "r1", state: "counted" },
    { kind: "report", reportId: "r2", state: "duplicate" },
    { kind: "report", reportId: "r3", state: "refused", code: "unknown-action" },
  );
  assert(!terminal.written.includes("\x1b"));
  const [setup, ...answers] = terminal.screen;
  assert.match(setup!, /^You may report .* of Fla.* and Santos: Goal, Corner$/);
  assert.deepEqual(answers, [
    "Report r1: counted, and an event once enough others report it",
    "Report r2: duplicate, you have reported this",
    "Report r3: refused, it has no action of that title",
    "",
  ]);
});

Deno.test("events from before a late joiner came are told beside a ledger that does not count them", () => {
  const end = (expected: number) => {
    const terminal = new FakeTerminal();
    const printer = feed(terminal, JOINED, event(1), event(2), event(3));
    const events = ledger({ channel: "events", expected });
    printer.end({ reason: "bye", ledger: snapshot([events]) });
    return terminal.screen.find((line) => line.startsWith("Events:"));
  };
  const words = "from before you joined came with the timeline, and not as packets counted here.";
  assert.equal(end(0), `Events: Nothing was sent while listening. 3 events ${words}`);
  assert(end(2)!.endsWith(`: you missed nothing. 1 event ${words}`));
  assert(end(3)!.endsWith(": you missed nothing."));
});
