import assert from "node:assert/strict";
import fc from "fast-check";
import { explainLedger, formatShare } from "../../../shared/ledger/ledger_words.ts";
import { ledger } from "../../client/ledgers.ts";

Deno.test("a share is rounded, but never to nothing or all when it is neither", () => {
  const cases: [number, number, string][] = [
    [0, 0, "0 %"],
    [0, 500, "0 %"],
    [19, 1000, "1.9 %"],
    [1, 2000, "0.05 %"],
    [1, 1_000_000, "under 0.01 %"],
    [999_999, 1_000_000, "over 99.9 %"],
    [500, 500, "100 %"],
    [1, 2, "50.0 %"],
    [1, 1000, "0.1 %"],
    [9996, 10_000, "over 99.9 %"],
  ];
  for (const [part, whole, text] of cases) assert.equal(formatShare(part, whole), text);
});

Deno.test("a share of some never reads 0.0 % or 100.0 %", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 10_000_000 }), fc.nat(), (whole, roll) => {
    const text = formatShare(1 + roll % (whole - 1), whole);
    assert.doesNotMatch(text, /^0(\.0+)? %$|^100/);
  }));
});

const SENTENCES: [string, Parameters<typeof ledger>[0], string][] = [
  ["nothing sent", {}, "Nothing was sent while listening."],
  ["all well", { expected: 2000 }, "Nothing was lost on the network: you missed nothing."],
  [
    "lost, none repaired",
    { expected: 2000, lost: 38 },
    "1.9 % was lost on the network (38 of 2000): short gaps in the sound.",
  ],
  [
    "lost, all repaired",
    { expected: 2000, lost: 38, repaired: 38 },
    "1.9 % was lost on the network (38 of 2000), all of it repaired in time: you missed nothing.",
  ],
  [
    "lost, partly repaired",
    { expected: 2000, lost: 38, repaired: 37 },
    "1.9 % was lost on the network (38 of 2000), 37 of it repaired in time: hardly anyone would hear it.",
  ],
  [
    "late alone",
    { expected: 2000, late: 10 },
    "Nothing was lost on the network, and 0.5 % came too late to use (10): a short click now and then.",
  ],
  [
    "tiny",
    { expected: 1_000_000, lost: 1 },
    "under 0.01 % was lost on the network (1 of 1000000): hardly anyone would hear it.",
  ],
  [
    "all lost",
    { expected: 120, lost: 120 },
    "Nothing arrived: all 120 packets were lost on the network.",
  ],
  [
    "the only one lost",
    { expected: 1, lost: 1 },
    "Nothing arrived: the only packet was lost on the network.",
  ],
  [
    "all late",
    { expected: 50, late: 50 },
    "Nothing was lost on the network, and 100 % came too late to use (50): there was no sound.",
  ],
  [
    "a fifth lost",
    { expected: 100, lost: 20 },
    "20.0 % was lost on the network (20 of 100): the sound was broken.",
  ],
  [
    "half lost",
    { expected: 100, lost: 50 },
    "50.0 % was lost on the network (50 of 100): most of the sound could not be followed.",
  ],
  [
    "events missed",
    { channel: "events", expected: 120, lost: 2 },
    "1.7 % was lost on the network (2 of 120): you missed 2 of 120 events.",
  ],
  [
    "a screen, all of it",
    { channel: "screen", expected: 900, framesReceived: 90, framesDropped: 0, freezeCount: 0 },
    "Nothing was lost on the network: you saw every frame.",
  ],
  [
    "a screen, one frame short without a freeze",
    {
      channel: "screen",
      expected: 900,
      lost: 9,
      framesReceived: 89,
      framesDropped: 1,
      freezeCount: 0,
    },
    "1.0 % was lost on the network (9 of 900): 1 frame was not shown.",
  ],
  [
    "a screen that froze",
    {
      channel: "screen",
      expected: 900,
      lost: 9,
      framesReceived: 80,
      framesDropped: 10,
      freezeCount: 3,
      totalFreezesDuration: 1.25,
    },
    "1.0 % was lost on the network (9 of 900): 10 frames were not shown, and the picture froze 3 times, 1.3 s in all.",
  ],
  [
    "a screen without a picture",
    { channel: "screen", expected: 10, late: 10, framesReceived: 0, freezeCount: 0 },
    "Nothing was lost on the network, and 100 % came too late to use (10): there was no picture.",
  ],
  [
    "live data without a loss",
    { channel: "data", expected: 900, messagesReceived: 60, messagesDropped: 0 },
    "Nothing was lost on the network: you saw every message.",
  ],
  [
    "live data with a message that was not shown",
    {
      channel: "data",
      expected: 900,
      lost: 18,
      repaired: 17,
      messagesReceived: 59,
      messagesDropped: 1,
    },
    "2.0 % was lost on the network (18 of 900), 17 of it repaired in time: 1 message was not shown.",
  ],
  [
    "live data of which nothing was whole",
    { channel: "data", expected: 10, lost: 5, messagesReceived: 0, messagesDropped: 0 },
    "50.0 % was lost on the network (5 of 10): there was no data.",
  ],
  [
    "the only event late",
    { channel: "events", expected: 1, late: 1 },
    "Nothing was lost on the network, and 100 % came too late to use (1): you missed 1 of 1 event.",
  ],
];

for (const [name, fields, sentence] of SENTENCES) {
  Deno.test(`the sentence for: ${name}`, () => {
    assert.equal(explainLedger(ledger(fields)), sentence);
  });
}
