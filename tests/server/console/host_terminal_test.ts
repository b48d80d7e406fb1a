import assert from "node:assert/strict";
import type { ServeOptions } from "../../../server/interface/config.ts";
import type { BroadcastReady } from "../../../server/broadcast/broadcast.ts";
import type { BroadcastPlan } from "../../../server/broadcast/broadcast_plan.ts";
import type { ServerOutput } from "../../../server/interface/output.ts";
import { HostTerminal } from "../../../server/console/host_terminal.ts";
import { BroadcastTotals } from "../../../server/console/broadcast_totals.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { serveOptions, START } from "../kit.ts";

const ADDRESS = { hostname: "10.0.0.9", port: 4000 };
const READY = {
  host: "10.0.0.1",
  port: 5004,
  link: "streamer://10.0.0.1:5004/?t=x",
  ways: [{
    address: { hostname: "10.0.0.1", port: 5004, reach: "network" as const },
    link: "streamer://10.0.0.1:5004/?t=x",
  }],
  channels: [],
};
const PLAN: BroadcastPlan = {
  isSimulated: true,
  seed: 42,
  mode: { speed: 60 },
  match: { home: "Red", away: "Blue" },
};

function stats(listeners: number, packetsSent: number): ServerOutput {
  return {
    kind: "stats",
    listeners,
    packetsSent,
    bytesSent: packetsSent * 400,
    retransmitted: 0,
    fecPacketsSent: 0,
    packetsEncrypted: 0,
    overflowed: 0,
    sendsRefused: 0,
    sendErrors: {},
    keyFrameRequests: 0,
    unanswered: {},
    pastFragmentsSent: 0,
    pastUnanswered: {},
    channels: [],
    junk: {},
  };
}

function show(terminal: FakeTerminal, options: Partial<ServeOptions> = {}) {
  const tally = new BroadcastTotals(START);
  const screen = new HostTerminal(terminal, tally, serveOptions(options), PLAN);
  let now = START;
  return {
    start: (changes: Partial<BroadcastReady> = {}) => screen.start({ ...READY, ...changes }),
    tell(output: ServerOutput, after = 0) {
      now += after;
      tally.note(output, now);
      screen.show(output);
    },
    end: () => screen.end(),
  };
}

function joined(listeners: number, name?: string): ServerOutput {
  return { kind: "listener-joined", id: "1", address: ADDRESS, listeners, ...(name && { name }) };
}

Deno.test("the password and the key in an address of sound are not shown", () => {
  const terminal = new FakeTerminal();
  const audio = ["http://me:s3cret@radio.example:8000/live?key=s3cret", "-"];
  show(terminal, { audio, isPlain: false }).start();
  assert.equal(terminal.lines[1], "Sound     http://radio.example:8000/live, standard input");
  assert(!terminal.written.includes("s3cret"));
});

Deno.test("the start says what is on air and how to listen", () => {
  const terminal = new FakeTerminal();
  show(terminal, { audio: ["a.mp3"], loop: true, isPlain: false }).start();
  assert.deepEqual(terminal.lines, [
    "Match     Red x Blue, simulated (--seed 42), 60 times real time",
    "Sound     a.mp3, repeated",
    'Listen    in this network  streamer listen "streamer://10.0.0.1:5004/?t=x"',
    "          on this machine  streamer listen --port 5004",
    "          on a phone       scan the code of: streamer view --http 0.0.0.0:8080",
    "          from outside     forward UDP port 5004 to here, add --advertise HOST",
  ]);
});

Deno.test("the link is a QR code above it, where the terminal has room and the link is for others", () => {
  const firstLine = (
    { isTerminal = true, qr, ...ready }:
      & Partial<BroadcastReady>
      & { isTerminal?: boolean; qr?: boolean },
  ) => {
    const terminal = new FakeTerminal(isTerminal, false, 100);
    show(terminal, { ...(qr !== undefined && { qr }) }).start(ready);
    return terminal.lines[0]!;
  };
  const code = /^█+$/;
  assert.match(firstLine({}), code);
  assert.doesNotMatch(firstLine({ isTerminal: false }), code);
  assert.doesNotMatch(firstLine({ qr: false }), code);
  assert.doesNotMatch(firstLine({ studio: "http://127.0.0.1:8081/#k=x" }), code);
  const address = { hostname: "127.0.0.1", port: 5004, reach: "machine" as const };
  const here = [{ address, link: READY.link }];
  assert.doesNotMatch(firstLine({ ways: here }), code);
  assert.match(firstLine({ isTerminal: false, ways: here, qr: true }), code);
});

Deno.test("the screen is named as it was given, without its secrets, and its start is told", () => {
  const rows = (changes: Partial<ServeOptions>) => {
    const terminal = new FakeTerminal();
    show(terminal, changes).start();
    return terminal.lines.filter((line) => line.startsWith("Screen"));
  };
  assert.deepEqual(rows({ screen: "m.mkv", loop: true }), ["Screen    m.mkv, repeated"]);
  assert.deepEqual(rows({ screen: "-" }), ["Screen    standard input"]);
  assert.deepEqual(rows({ screen: "desktop" }), ["Screen    desktop"]);
  assert.deepEqual(rows({ screen: "http://u:s3cret@h/m.ts" }), ["Screen    http://h/m.ts"]);
  assert.deepEqual(rows({}), []);
  const terminal = new FakeTerminal();
  const { tell } = show(terminal);
  tell({ kind: "channel-started", channel: "screen", codec: "h264", ssrc: 1 });
  assert.deepEqual(terminal.lines, ["The screen has started"]);
});

Deno.test("the data is named as it was given, without its secrets, and with its pace", () => {
  const row = (changes: Partial<ServeOptions>) => {
    const terminal = new FakeTerminal();
    show(terminal, changes).start();
    return terminal.lines.find((line) => line.startsWith("Data"));
  };
  assert.equal(row({ data: "b.ndjson" }), "Data      b.ndjson");
  assert.equal(row({ data: "-" }), "Data      standard input");
  assert.equal(row({ data: "mqtt://me:s3cret@h/beam/#" }), "Data      mqtt://h/beam/#");
  assert.equal(
    row({ data: "wss://h/x?key=s3cret", interval: 200 }),
    "Data      wss://h/x, at most one message every 200ms",
  );
  assert.equal(
    row({ simulateData: true }),
    "Data      a simulated beam, one message a second",
  );
  assert.equal(
    row({ simulateData: true, interval: 500 }),
    "Data      a simulated beam, one message every 500ms",
  );
  assert.equal(row({}), undefined);
});

Deno.test("the end says what became of the messages of data", () => {
  const terminal = new FakeTerminal();
  const { tell, end } = show(terminal);
  const data = { received: 1203, refused: 2, superseded: 1, sent: 1200 };
  tell({ ...stats(0, 5), data } as ServerOutput);
  end();
  assert.deepEqual(terminal.lines.slice(1), [
    "Data: 1,203 messages received, 2 refused, 1 superseded, 1,200 sent",
  ]);
});

Deno.test("the end says how many messages it was too late for, so that the numbers add up", () => {
  const terminal = new FakeTerminal();
  const { tell, end } = show(terminal);
  const data = { received: 92, refused: 1, superseded: 0, sent: 90 };
  tell({ ...stats(0, 5), data } as ServerOutput);
  end();
  assert.deepEqual(terminal.lines.slice(1), [
    "Data: 92 messages received, 1 refused, 0 superseded, 90 sent, 1 not sent before the end",
  ]);
});

Deno.test("missing encryption is shown: in capitals when all is in clear, in a note for plain RTP players", () => {
  const plain = new FakeTerminal();
  show(plain, { isPlain: true }).start();
  assert.match(plain.lines[0]!, /^NOT ENCRYPTED \(--plain\): [A-Z ',]+$/);
  const players = new FakeTerminal();
  show(players, { plainReceivers: [{ hostname: "239.0.0.1", port: 6000 }] }).start();
  assert.deepEqual(players.lines.slice(-2), [
    "Plain RTP 239.0.0.1:6000",
    "          not encrypted, since players can't decrypt it",
  ]);
});

Deno.test("without a terminal only news is printed, one line each", () => {
  const terminal = new FakeTerminal();
  const { tell, end } = show(terminal);
  tell({ kind: "started", at: START });
  tell(joined(1, "Ann"), 100);
  tell(stats(1, 40), 900);
  tell({ kind: "rejected", address: ADDRESS, code: 1402, reason: "the only place is taken" });
  tell({ kind: "listener-left", id: "1", address: ADDRESS, reason: "silent", listeners: 0 });
  tell({ kind: "ended", reason: "duration" }, 4000);
  end();
  assert.deepEqual(terminal.lines, [
    "+ Ann (10.0.0.9:4000) joined, 1 listener",
    "x 10.0.0.9:4000 refused: the only place is taken",
    "- 10.0.0.9:4000 stopped reporting, 0 listeners",
    "Ended after 5s (duration): 1 listener joined, at most 1 at the same time; 40 packets sent (16.0 kB)",
  ]);
  assert(!terminal.written.includes("\x1b"));
});

Deno.test("on a terminal one status line is rewritten, below the news and never too long", () => {
  const terminal = new FakeTerminal(true, false, 40);
  const { tell } = show(terminal);
  tell({ kind: "started", at: START });
  tell(joined(1));
  tell(stats(1, 0), 1000);
  tell(stats(1, 38), 1000);
  tell(stats(1, 76), 1000);
  assert.deepEqual(terminal.screen, [
    "+ 10.0.0.9:4000 joined, 1 listener",
    "1 listener · 38 packets/s · 15.2 kB/s",
  ]);
  assert.ok(terminal.statuses.every((text) => !text.includes("joined")), "news are never left out");
  assert.equal(terminal.statuses.length, 4);
});

Deno.test("many listeners at once are printed as a number", () => {
  const terminal = new FakeTerminal();
  const { tell } = show(terminal);
  for (let listeners = 1; listeners <= 1000; listeners++) tell(joined(listeners));
  tell(stats(1000, 0), 1000);
  assert.equal(terminal.lines.length, 6);
  assert.equal(terminal.lines.at(-1), "  and 995 more joined, left or were refused");
});

Deno.test("colour only where it is wanted", () => {
  const colored = new FakeTerminal(true, true);
  show(colored).start();
  assert(colored.written.includes("\x1b[1m"));
  const plain = new FakeTerminal(true, false);
  show(plain).start();
  assert(!plain.written.includes("\x1b"));
});

Deno.test("refusals that were counted elsewhere are in the number of the second", () => {
  const terminal = new FakeTerminal();
  const tally = new BroadcastTotals(START);
  const screen = new HostTerminal(terminal, tally, serveOptions(), PLAN);
  for (let turn = 0; turn < 7; turn++) {
    screen.show({ kind: "rejected", address: ADDRESS, code: 1401, reason: "no" });
  }
  screen.show({ kind: "more-rejected", count: 310, codes: { 1401: 310 } });
  screen.show(stats(0, 0));
  assert.equal(terminal.lines.at(-1), "  and 312 more joined, left or were refused");
});

Deno.test("the start says who may report", () => {
  const row = (options: Partial<ServeOptions>) => {
    const terminal = new FakeTerminal();
    show(terminal, options).start();
    return terminal.lines.find((line) => line.startsWith("Reports"));
  };
  const directory = "http://127.0.0.1:8090/";
  assert.match(row({ reports: "open", directory })!, /every listener may report/);
  assert.match(row({ reports: "tokens", directory })!, /who joins by the directory may report/);
  assert.match(row({ reports: "tokens", signedTokens: "a.json" })!, /--role reporter may report/);
  assert.equal(row({ reports: "tokens" }), undefined);
  assert.equal(row({ reports: "off", directory, signedTokens: "a.json" }), undefined);
});
