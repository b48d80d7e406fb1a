import assert from "node:assert/strict";
import fc from "fast-check";
import type { PacketNews, PacketNewsKind } from "../../../../client/interface/packet_watch.ts";
import {
  KEPT_PACKETS,
  type PacketRecord,
  packetState,
} from "../../../../shared/page/page_network.ts";
import type { PacketFate } from "../../../../scripts/network/netem.ts";
import {
  ListenerHistory,
  PacketHistory,
} from "../../../../scripts/demo/network_page/packet_history.ts";

const SSRC = 7;

function fate(sequence: number, changes: Partial<PacketFate> = {}): PacketFate {
  return {
    ssrc: SSRC,
    sequence,
    at: sequence,
    isLost: false,
    isDuplicated: false,
    isHeldBack: false,
    ...changes,
  };
}

function news(what: PacketNewsKind, sequence: number, at: number): PacketNews {
  return { what, ssrc: SSRC, sequence, at };
}

function only(history: PacketHistory): PacketRecord {
  const { packets } = history.since(0);
  assert.equal(packets.length, 1);
  return packets[0]!;
}

Deno.test("a lost packet is requested, repaired and played: each step has its time and its state", () => {
  const history = new PacketHistory();
  history.onFate(fate(100, { isLost: true }));
  assert.equal(packetState(only(history)), "lost");
  history.onNews(news("requested", 100, 112));
  history.onNews(news("requested", 100, 140));
  assert.equal(packetState(only(history)), "requested");
  history.onNews(news("retransmitted", 100, 184));
  history.onNews(news("played", 100, 300));
  assert.equal(packetState(only(history)), "repaired");
  assert.deepEqual(only(history), {
    sequence: 100,
    sentAt: 100,
    isDropped: true,
    requestedAt: 112,
    requests: 2,
    repairedAt: 184,
    repairedBy: "retransmission",
    playedAt: 300,
  });
});

const STORIES: readonly (readonly [string, Partial<PacketFate>, readonly PacketNewsKind[]])[] = [
  ["on-the-way", {}, []],
  ["received", {}, ["received", "played"]],
  ["duplicate", { isDuplicated: true }, ["received", "duplicate", "played"]],
  ["reordered", { isHeldBack: true }, ["overtaken", "played"]],
  ["late", {}, ["received", "late"]],
  ["late", {}, ["requested", "repaired-late"]],
  ["repaired", { isLost: true }, ["recovered"]],
  ["missed", { isLost: true }, ["requested", "repaired-late"]],
  ["received", {}, ["requested", "retransmitted", "received", "played"]],
];

for (const [state, how, whats] of STORIES) {
  Deno.test(`${whats.join(", ") || "nothing"} is ${state}`, () => {
    const history = new PacketHistory();
    history.onFate(fate(5, how));
    whats.forEach((what, index) => history.onNews(news(what, 5, 10 + index)));
    assert.equal(packetState(only(history)), state);
  });
}

Deno.test("a packet that a later one was played before is missed, unless it was played itself", () => {
  const history = new PacketHistory();
  for (let sequence = 1; sequence <= 4; sequence++) {
    history.onFate(fate(sequence, { isLost: sequence === 3 }));
    if (sequence !== 3) history.onNews(news("received", sequence, sequence));
  }
  for (const sequence of [1, 2, 4]) history.onNews(news("played", sequence, 200));
  const states = history.since(0).packets.map(packetState);
  assert.deepEqual(states, ["received", "received", "missed", "received"]);
});

for (const turns of [0, 1, -3]) {
  Deno.test(`the listener may count ${turns} turns apart from the network, over the wrap`, () => {
    const history = new PacketHistory();
    for (let index = 0; index < 12; index++) {
      const counted = 65_530 + index;
      history.onFate(fate(counted));
      history.onNews(news("received", counted + 65_536 * turns, counted + 20));
    }
    const { packets } = history.since(0);
    assert.equal(packets.length, 12);
    assert.ok(packets.every(({ receivedAt, sentAt }) => receivedAt === sentAt + 20));
  });
}

Deno.test("a reader gets what is new since its version, and what is kept when it was away", () => {
  const history = new PacketHistory();
  history.onFate(fate(1));
  const first = history.since(0);
  assert.deepEqual(history.since(first.version).packets, []);
  history.onNews(news("received", 1, 5));
  assert.equal(history.since(first.version).packets[0]?.receivedAt, 5);
  for (let sequence = 2; sequence <= 2000; sequence++) history.onFate(fate(sequence));
  const { packets } = history.since(first.version);
  assert.equal(packets.length, KEPT_PACKETS);
  assert.equal(packets.at(-1)?.sequence, 2000);
});

Deno.test("streams beyond the bound are forgotten, the oldest first; strangers' news is none", () => {
  const history = new ListenerHistory();
  for (let ssrc = 0; ssrc < 1000; ssrc++) history.onFate(fate(1, { ssrc }));
  history.onNews({ ...news("received", 1, 2), ssrc: 5000 });
  assert.deepEqual(history.since(0, 0).packets, []);
  assert.equal(history.since(999, 0).packets.length, 1);
});

Deno.test("any order of news keeps the bounds, the order and the numbers", () => {
  const whats: PacketNewsKind[] = [
    ...["received", "overtaken", "duplicate", "late", "requested"] as const,
    ...["retransmitted", "recovered", "repaired-late", "played"] as const,
  ];
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom(...whats), sequence: fc.integer({ min: -9, max: 600 }) }),
    fc.record({ isLost: fc.boolean(), sequence: fc.integer({ min: -9, max: 600 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    const history = new PacketHistory();
    steps.forEach((step, at) => {
      if ("what" in step) history.onNews(news(step.what, step.sequence, at));
      else history.onFate(fate(step.sequence, { at, isLost: step.isLost }));
    });
    const numbers = history.since(0).packets.map(({ sequence }) => sequence);
    assert.ok(numbers.length <= KEPT_PACKETS);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((one, other) => one - other));
  }));
});
