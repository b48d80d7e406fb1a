import assert from "node:assert/strict";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import { NOTHING } from "../../../scripts/network/netem.ts";
import {
  agrees,
  type ListenerVerdict,
  verdictJson,
  verdictLine,
  verdictTable,
  verdictWords,
} from "../../../scripts/demo/verdict.ts";

function ledger(changes: Partial<ChannelLedger> = {}): ChannelLedger {
  return {
    channel: "audio",
    ssrc: 1,
    packetsExpected: 100,
    packetsReceived: 98,
    networkLost: 2,
    packetsDuplicated: 1,
    packetsReordered: 3,
    packetsRepaired: { nack: 0, fec: 0 },
    packetsDiscarded: 0,
    residualLost: 2,
    fractionLost: 0.02,
    jitter: 0,
    nackCount: 0,
    retransmittedPacketsReceived: 0,
    fecPacketsReceived: 0,
    fecBytesReceived: 0,
    bytesReceived: 0,
    jitterBufferDelay: 0,
    jitterBufferEmittedCount: 0,
    maxGap: 1,
    jitterBufferTargetDelay: 0.2,
    ...changes,
  };
}

const NETWORK = {
  offered: 100,
  lost: 2,
  forwarded: 99,
  duplicated: 1,
  reordered: 3,
  bytesForwarded: 9900,
};

function listener(changes: Partial<ChannelLedger> = {}, network = NETWORK): ListenerVerdict {
  return { number: 2, reason: "bye", channels: [{ ledger: ledger(changes), network }] };
}

Deno.test("equal counts agree, and the line says how many were compared", () => {
  assert.equal(agrees([listener()]), true);
  assert.match(verdictLine([listener()]), /^All 4 pairs agree/);
});

const WRONG: readonly Partial<ChannelLedger>[] = [
  { packetsExpected: 101, packetsReceived: 99 },
  { networkLost: 1, packetsReceived: 99, residualLost: 1 },
  { packetsDuplicated: 0 },
  { packetsReordered: 4 },
  { residualLost: 0 },
];

for (const changes of WRONG) {
  Deno.test(`a ledger with ${JSON.stringify(changes)} is caught and named`, () => {
    const verdicts = [listener(), listener(changes)];
    assert.equal(agrees(verdicts), false);
    assert.match(verdictLine(verdicts), /WRONG.*listener 2, audio/);
    assert.equal(verdictJson(verdicts, 7).agrees, false);
  });
}

Deno.test("packets that never reached the network are no agreement, and the line says what happened", () => {
  const busy = { packetsExpected: 107, networkLost: 9, residualLost: 9 };
  const verdicts = [listener(), listener(busy)];
  assert.equal(agrees(verdicts), false);
  const line = verdictLine(verdicts);
  assert.match(line, /DIFFER by 7 packets that the host sent.*too busy/);
  const also = listener({ ...busy, packetsDuplicated: 2 });
  assert.match(verdictLine([listener(busy), also]), /WRONG.*packetsDuplicated/);
  const nothingArrived = {
    packetsExpected: 7,
    packetsReceived: 0,
    networkLost: 7,
    residualLost: 7,
  };
  const silent = listener(
    { ...nothingArrived, packetsDuplicated: 0, packetsReordered: 0 },
    NOTHING,
  );
  assert.match(verdictLine([silent]), /WRONG/);
});

Deno.test("nothing counted is no agreement", () => {
  assert.equal(agrees([{ number: 1, reason: "timeout", channels: [] }]), false);
  const silent = listener({ packetsExpected: 0, packetsReceived: 0, networkLost: 0 }, NOTHING);
  assert.equal(agrees([silent]), false);
});

Deno.test("the table marks a number that differs, and only that", () => {
  const rows = verdictTable([listener({ packetsDuplicated: 5 })]);
  assert.deepEqual(rows.filter((row) => row.includes("!")).map((row) => row.trim()), [
    "arrived twice        !5        1",
  ]);
});

Deno.test("a sentence says what each listener heard, and one what it saw", () => {
  const [heard] = listener().channels;
  const channels = ["audio", "screen", "events"] as const;
  const verdict: ListenerVerdict = {
    number: 2,
    reason: "bye",
    channels: channels.map((channel) => ({ ledger: ledger({ channel }), network: heard!.network })),
  };
  assert.deepEqual(verdictWords([verdict]).map((line) => line.split(":")[0]), [
    "Listener 2, sound",
    "Listener 2, screen",
  ]);
});

Deno.test("the table shows whole messages of data beside those that the host has sent", () => {
  const [audio] = listener().channels;
  const data = { ...ledger({ channel: "data", messagesReceived: 11, messagesDropped: 1 }) };
  const channels = [audio!, { ledger: data, network: NETWORK, messagesSent: 12 }];
  const verdict: ListenerVerdict = { number: 1, reason: "bye", channels };
  const rows = verdictTable([verdict]).filter((row) => row.includes("messages"));
  assert.deepEqual(rows.map((row) => row.trim()), ["messages             11       12"]);
  assert.equal(verdictTable([listener()]).some((row) => row.includes("messages")), false);
});

Deno.test("a listener that knows more messages than the host has sent is wrong", () => {
  const verdict = (messagesReceived: number): ListenerVerdict => {
    const data = ledger({ channel: "data", messagesReceived, messagesDropped: 2 });
    const channels = [{ ledger: data, network: NETWORK, messagesSent: 12 }];
    return { number: 3, reason: "bye", channels };
  };
  assert.equal(agrees([verdict(10)]), true);
  assert.equal(agrees([verdict(11)]), false);
  const line = verdictLine([verdict(11)]);
  assert.match(line, /WRONG: listener 3, data: messages: the ledger knows 13, the host sent 12/);
});
