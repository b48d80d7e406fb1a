import assert from "node:assert/strict";
import type { LedgerSnapshot } from "../../../../shared/ledger/ledger.ts";
import { NetworkDesk } from "../../../../scripts/demo/network_page/network_desk.ts";
import { Moments } from "../../../../scripts/demo/network_page/moments.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";

const START = { loss: 0.02, delayMillis: 15, duplicate: 0.005, reorder: 0.01 };
const FATE = { at: 1, isLost: false, isDuplicated: false, isHeldBack: false };

function setUp(ssrcs: () => number = () => 7) {
  const desk = new NetworkDesk({
    start: START,
    pathCount: 3,
    apply: () => {},
    // Listener 3 has not joined.
    ledger: (number) =>
      number === 3
        ? undefined
        : { channels: [{ channel: "audio", ssrc: ssrcs() }] } as unknown as LedgerSnapshot,
  });
  return { desk, place: { read: new Map() } };
}

Deno.test("a reader is given each packet of the channel once, and of each listener its own", () => {
  const { desk, place } = setUp();
  desk.onFate(1, { ...FATE, ssrc: 7, sequence: 1 });
  desk.onFate(2, { ...FATE, ssrc: 7, sequence: 1 });
  desk.onFate(2, { ...FATE, ssrc: 8, sequence: 5 });
  const counts = () =>
    desk.moment("audio", place, 5).listeners.map(({ packets }) => packets.length);
  assert.deepEqual(counts(), [1, 1, 0]);
  assert.deepEqual(counts(), [0, 0, 0]);
  desk.onNews(2, { what: "received", ssrc: 7, sequence: 1, at: 3 });
  assert.deepEqual(counts(), [0, 1, 0]);
  const other = desk.moment("screen", place, 6);
  assert.deepEqual(other.listeners.map(({ packets }) => packets.length), [0, 0, 0]);
});

Deno.test("a stream that replaces another is read from its beginning", () => {
  let ssrc = 7;
  const { desk, place } = setUp(() => ssrc);
  for (const other of [7, 8]) desk.onFate(1, { ...FATE, ssrc: other, sequence: 1 });
  desk.moment("audio", place, 5);
  ssrc = 8;
  assert.equal(desk.moment("audio", place, 6).listeners[0]!.packets.length, 1);
});

Deno.test("a reader gets a moment at a time, at most five a second, and the verdict at the end", async () => {
  const clock = new ManualClock(0);
  const { desk } = setUp();
  const moments = new Moments(desk, clock);
  const reader = moments.open("audio")!.getReader();
  const text = async (reading: ReturnType<typeof reader.read>) =>
    new TextDecoder().decode((await reading).value);
  assert.match(await text(reader.read()), /^event: moment\ndata: \{"at":0,/);
  let isRead = false;
  const second = reader.read();
  second.then(() => isRead = true);
  await clock.advance(199);
  assert.equal(isRead, false);
  await clock.advance(1);
  assert.match(await text(second), /"at":200/);
  desk.verdict = "All 48 pairs agree.";
  const third = reader.read();
  moments.close();
  assert.match(await text(third), /^event: moment/);
  assert.match(
    await text(reader.read()),
    /^event: verdict\ndata: \{"line":"All 48 pairs agree\."\}/,
  );
  assert.equal((await reader.read()).done, true);
});

Deno.test("readers are bounded, and one that goes leaves its place", async () => {
  const { desk } = setUp();
  const moments = new Moments(desk, new ManualClock(0));
  const streams = Array.from({ length: 16 }, () => moments.open("audio")!);
  assert.equal(moments.open("audio"), undefined);
  await streams[3]!.cancel();
  assert.ok(moments.open("audio"));
});
