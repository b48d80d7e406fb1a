import assert from "node:assert/strict";
import { formatStatus, StatusLine } from "../../../client/console/status_line.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import { ledger, snapshot } from "../ledgers.ts";

Deno.test("the line is rewritten in place, with news above it", () => {
  const terminal = new FakeTerminal(true);
  const status = new StatusLine(terminal);
  status.print("Joined");
  status.show("lost 0 %");
  status.print("Goal");
  status.show("lost 1 %");
  assert.deepEqual(terminal.screen, ["Joined", "Goal", "lost 1 %"]);
  status.clear();
  assert.deepEqual(terminal.screen, ["Joined", "Goal", ""]);
});

Deno.test("the line may be left out where there is no room, news may not", () => {
  const terminal = new FakeTerminal(true);
  const status = new StatusLine(terminal);
  status.print("Joined");
  status.show("lost 0 %");
  status.print("Goal");
  status.show("lost 1 %");
  assert.deepEqual(terminal.statuses, ["\r\x1b[Klost 0 %", "\r\x1b[Klost 1 %"]);
});

Deno.test("nothing is written while nothing changes", () => {
  const terminal = new FakeTerminal(true);
  const status = new StatusLine(terminal);
  status.show("lost 0 %");
  const before = terminal.written;
  status.show("lost 0 %");
  assert.equal(terminal.written, before);
});

Deno.test("a narrow terminal gets a shorter line: one that wraps could not be erased", () => {
  const terminal = new FakeTerminal(true, true, 20);
  new StatusLine(terminal).show("x".repeat(100));
  assert.equal(terminal.screen.at(-1), "x".repeat(19));
});

Deno.test("where output is no terminal there is news alone, without control characters", () => {
  const terminal = new FakeTerminal(false);
  const status = new StatusLine(terminal);
  status.show("lost 0 %");
  status.print("Goal");
  status.clear();
  assert.equal(terminal.written, "Goal\n");
});

Deno.test("what it says: sound, buffer, loss, jitter, round trip", () => {
  const channels = [ledger({ expected: 1000, lost: 19 }), ledger({ channel: "events" })];
  assert.equal(
    formatStatus(snapshot(channels, 0.0123), "sound on"),
    "sound on    buffer 200 ms    lost 1.9 %    missing 1.9 %    jitter 0.4 ms    round trip 12 ms",
  );
  assert.equal(formatStatus(snapshot([]), "sound off"), "sound off");
});

Deno.test("with a screen it says how the picture is, and at 50 columns too", () => {
  const sound = ledger({ expected: 1000, lost: 19 });
  const line = (fields: object) => {
    const screen = ledger({ channel: "screen", expected: 9, ...fields });
    const terminal = new FakeTerminal(true, true, 50);
    new StatusLine(terminal).show(formatStatus(snapshot([sound, screen], 0.0123), "sound on"));
    return terminal.screen.at(-1);
  };
  const start = "sound on  buffer 200 ms  lost 1.9 %  ";
  assert.equal(line({ framesReceived: 5, freezeCount: 0 }), `${start}screen ok`);
  assert.equal(line({ framesReceived: 5, freezeCount: 12 }), `${start}froze 12x`);
  assert.equal(line({ framesReceived: 0, freezeCount: 0 }), `${start}no picture`);
});

Deno.test("with live data it says how many messages came, and at 50 columns too", () => {
  const line = (fields: object, ...before: ChannelLedger[]) => {
    const data = ledger({ channel: "data", expected: 1000, lost: 19, ...fields });
    const terminal = new FakeTerminal(true, true, 50);
    new StatusLine(terminal).show(formatStatus(snapshot([...before, data], 0.0123), "sound off"));
    return terminal.screen.at(-1);
  };
  const start = "sound off  buffer 200 ms  lost 1.9 %  ";
  assert.equal(line({ messagesReceived: 812, messagesDropped: 0 }), `${start}data 812`);
  const narrow = line({ messagesReceived: 81, messagesDropped: 3 }, ledger());
  assert.equal(narrow, "sound off  buffer 200 ms  lost 0 %");
  const wide = formatStatus(
    snapshot([ledger({ channel: "data", messagesReceived: 81, messagesDropped: 3 })]),
    "sound off",
  );
  assert.match(wide, / {4}data 81, 3 not shown {4}/);
  assert.equal(line({ messagesReceived: 0, messagesDropped: 0 }), `${start}no data`);
});

Deno.test("at every width the line has whole fields", () => {
  const channels = [ledger({ expected: 1000, lost: 19 }), ledger({ channel: "events" })];
  const text = formatStatus(snapshot(channels, 0.0123), "sound on");
  const fields = new Set(text.split("    "));
  for (let width = 12; width < 120; width++) {
    const terminal = new FakeTerminal(true, true, width);
    new StatusLine(terminal).show(text);
    const line = terminal.screen.at(-1)!;
    for (const field of line.split(/ {2,}/)) assert(fields.has(field), `${width}: ${line}`);
    assert(line.length < width);
  }
});

Deno.test("a long line is wrapped at its words, below the text after the prefix", () => {
  const terminal = new FakeTerminal(true, true, 30);
  new StatusLine(terminal).print("GOAL! Northfield go ahead", " 23:10      1-0  ");
  assert.deepEqual(terminal.screen.slice(0, -1), [
    " 23:10      1-0  GOAL!",
    "                 Northfield go",
    "                 ahead",
  ]);
});
