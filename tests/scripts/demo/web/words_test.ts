import assert from "node:assert/strict";
import type { PacketRecord } from "../../../../shared/page/page_network.ts";
import {
  CHANNEL_WORDS,
  channelHint,
  lostOutcome,
  packetStory,
  pathWords,
  timeWords,
} from "../../../../scripts/demo/web/model/words.ts";

const AT = new Date(2026, 5, 1, 12, 3, 5, 120).getTime();
const PACKET: PacketRecord = { sequence: 65_536 + 4711, sentAt: AT };
const LOST: PacketRecord = { ...PACKET, isDropped: true, requestedAt: AT + 12.4, requests: 1 };

const STORIES: readonly (readonly [Partial<PacketRecord>, string])[] = [
  [{}, "on the way since 12:03:05.120"],
  [{ isHeldBack: true }, "on the way since 12:03:05.120, held back by the network"],
  [
    { receivedAt: AT + 21, playedAt: AT + 200 },
    "sent at 12:03:05.120, arrived after 21 ms, played in time",
  ],
  [
    { receivedAt: AT + 60, isOvertaken: true, duplicates: 1 },
    "sent at 12:03:05.120, arrived after 60 ms, after a later packet, came twice",
  ],
  [
    { receivedAt: AT + 900, isLate: true, requestedAt: AT + 40, requests: 2 },
    "sent at 12:03:05.120, arrived after 900 ms, requested after 40 ms (2 times), too late to be played",
  ],
  [{ isDropped: true }, "lost on the way at 12:03:05.120"],
  [
    { ...LOST, repairedAt: AT + 84, repairedBy: "retransmission", playedAt: AT + 200 },
    "lost on the way at 12:03:05.120, requested after 12 ms, repaired after 84 ms, played in time",
  ],
  [
    { isDropped: true, repairedAt: AT + 30, repairedBy: "parity" },
    "lost on the way at 12:03:05.120, repaired after 30 ms from parity",
  ],
  [
    { ...LOST, requests: 3, repairedAt: AT + 700, isRepairLate: true, isMissed: true },
    "lost on the way at 12:03:05.120, requested after 12 ms (3 times), " +
    "sent again, but only after 700 ms, too late to be played",
  ],
  [
    { ...LOST, isMissed: true },
    "lost on the way at 12:03:05.120, requested after 12 ms, never played",
  ],
];

for (const [changes, story] of STORIES) {
  Deno.test(story, () => {
    assert.equal(packetStory({ ...PACKET, ...changes }), `Packet 4711: ${story}`);
  });
}

Deno.test("what came of a loss, in the order in which it happens", () => {
  const states: Partial<PacketRecord>[] = [
    { isDropped: true },
    LOST,
    { ...LOST, repairedAt: AT + 84 },
    { ...LOST, repairedAt: AT + 84, playedAt: AT + 200 },
    { ...LOST, isMissed: true },
    { ...LOST, repairedAt: AT + 500, isRepairLate: true },
  ];
  assert.deepEqual(states.map((state) => lostOutcome({ ...PACKET, ...state })), [
    "Not noticed yet",
    "Waiting",
    "Repaired",
    "Played in time",
    "Never played",
    "Repair too late",
  ]);
});

Deno.test("of data alone it is told that its packets are not played one by one", () => {
  const names = Object.keys(CHANNEL_WORDS) as (keyof typeof CHANNEL_WORDS)[];
  assert.deepEqual(names.filter((name) => channelHint(name) !== ""), ["data"]);
  assert.match(channelHint("data"), /no packet is played by itself/);
});

Deno.test("times have all their digits, and a path is told in one line", () => {
  assert.equal(timeWords(new Date(2026, 5, 1, 3, 4, 5, 6).getTime()), "03:04:05.006");
  const path = { loss: 0.2, delayMillis: 15, duplicate: 0.005, reorder: 0.07 };
  assert.equal(pathWords(path), "20 % lost · 15 ms · 0.5 % doubled · 7 % reordered");
});
