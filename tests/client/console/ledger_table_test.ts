import assert from "node:assert/strict";
import { formatLedgerTable } from "../../../client/console/ledger_table.ts";
import { ledger, snapshot } from "../ledgers.ts";

Deno.test("a column a channel, numbers aligned, and a sentence on each", () => {
  const audio = ledger({
    expected: 2000,
    lost: 38,
    late: 2,
    packetsReordered: 7,
    packetsDuplicated: 40,
    maxGap: 3,
    jitterBufferDelay: 392.4,
    jitterBufferEmittedCount: 1960,
  });
  const events = ledger({ channel: "events", expected: 60 });
  assert.equal(
    formatLedgerTable(snapshot([audio, events], 0.031)),
    `Packets                   Sound          Events
Expected                   2000              60
Received                   1962  98.1 %      60  100 %
Lost on the network          38   1.9 %       0    0 %
Repaired in time              0     0 %       0    0 %
Too late to use               2   0.1 %       0    0 %
Missing in the end           40   2.0 %       0    0 %
Arrived out of order          7   0.4 %       0    0 %
Arrived twice                40   2.0 %       0    0 %
Longest gap                   3               0
Jitter                   0.4 ms          0.4 ms
Mean time in the buffer  200 ms               -
Round trip 31 ms

Sound: 1.9 % was lost on the network (38 of 2000), and 0.1 % came too late to use (2): short gaps in the sound.
Events: Nothing was lost on the network: you missed nothing.
`,
  );
});

Deno.test("the table shows what parity repaired and cost, if any came", () => {
  const audio = ledger({
    expected: 1000,
    lost: 40,
    packetsRepaired: { nack: 10, fec: 25 },
    residualLost: 5,
    fecPacketsReceived: 480,
    fecBytesReceived: 50_000,
    bytesReceived: 100_000,
  });
  const table = formatLedgerTable(snapshot([audio, ledger({ channel: "events", expected: 60 })]));
  const rows = table.split("\n").filter((line) => /Repaired|arity/.test(line));
  assert.deepEqual(rows.slice(0, 3), [
    "Repaired in time             35   3.5 %       0    0 %",
    "  by parity                  25   2.5 %       0    0 %",
    "Parity received             480  50.0 %       0    0 %",
  ]);
});

Deno.test("a screen has rows of its own, empty for the other channels", () => {
  const screen = ledger({
    channel: "screen",
    expected: 5000,
    lost: 100,
    repaired: 95,
    framesReceived: 895,
    framesDropped: 5,
    keyFramesReceived: 30,
    freezeCount: 1,
    totalFreezesDuration: 0.42,
    pliCount: 1,
  });
  const table = formatLedgerTable(snapshot([ledger({ expected: 2000 }), screen]));
  assert.equal(
    table,
    `Packets                   Sound         Screen
Expected                   2000           5000
Received                   2000  100 %    4900  98.0 %
Lost on the network           0    0 %     100   2.0 %
Repaired in time              0    0 %      95   1.9 %
Too late to use               0    0 %       0     0 %
Missing in the end            0    0 %       5   0.1 %
Arrived out of order          0    0 %       0     0 %
Arrived twice                 0    0 %       0     0 %
Longest gap                   0              0
Jitter                   0.4 ms         0.4 ms
Mean time in the buffer       -              -
Frames received                            895
  of these key frames                       30
Frames not shown                             5
Freezes                                      1
Time frozen                              0.4 s
Key frames requested                         1

Sound: Nothing was lost on the network: you missed nothing.
Screen: 2.0 % was lost on the network (100 of 5000), 95 of it repaired in time: 5 frames were not shown, and the picture froze once, 0.4 s in all.
`,
  );
});

Deno.test("live data has rows of its own, and the table of it fits into 50 columns", () => {
  const data = {
    ...ledger({
      channel: "data",
      expected: 123_456,
      lost: 2469,
      repaired: 2468,
      messagesReceived: 35_999,
      messagesDropped: 1,
    }),
    jitterBufferEmittedCount: 123_455,
  };
  const table = formatLedgerTable(snapshot([ledger({ expected: 2000 }), data]), 50);
  const [sound, own] = table.split("\n\n");
  assert.ok(!sound!.includes("Messages"));
  assert.equal(
    own,
    `Packets                    Data
Expected                 123456
Received                 120987        98.0 %
Lost on the network        2469         2.0 %
Repaired in time           2468         2.0 %
Too late to use               0           0 %
Missing in the end            1  under 0.01 %
Arrived out of order          0           0 %
Arrived twice                 0           0 %
Longest gap                   0
Jitter                   0.4 ms
Mean time in the buffer       -
Messages received         35999
Messages not shown            1`,
  );
});

Deno.test("there is no table of nothing", () => {
  assert.equal(formatLedgerTable(snapshot([])), "");
});

Deno.test("in a narrow terminal the last channels have a table of their own", () => {
  const channels = ["audio", "screen", "events"] as const;
  const ledgers = channels.map((channel) => ledger({ channel, expected: 1000 }));
  const heads = (width: number) =>
    formatLedgerTable(snapshot(ledgers, 0.031), width).split("\n")
      .filter((line) => /^Packets|^Round/.test(line)).map((line) => line.split(/ {2,}/).join(" "));
  assert.deepEqual(heads(80), ["Packets Sound Screen Events", "Round trip 31 ms"]);
  assert.deepEqual(heads(60), ["Packets Sound Screen", "Packets Events", "Round trip 31 ms"]);
  assert.deepEqual(heads(20), [
    "Packets Sound",
    "Packets Screen",
    "Packets Events",
    "Round trip 31 ms",
  ]);
});
