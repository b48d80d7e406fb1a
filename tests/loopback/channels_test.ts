import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { MP3 } from "../fakes/mp3_frames.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import {
  begin,
  changesOf,
  countsOf,
  DATA,
  end,
  SCREEN,
  sendData,
  sendPicture,
  upTo,
} from "./made_up_items.ts";
import { assertExact, foul, hasJoined, playedFrames } from "./scenario.ts";

const PATH: NetemOptions = { loss: 0.1, delayMillis: 20, jitterMillis: 5 };

function open(count: number, path = PATH) {
  const world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
  world.startHost();
  const listeners = Array.from({ length: count }, () => world.addListener());
  world.runUntil(() => listeners.every(hasJoined), 20_000, "the joins");
  world.run(1000);
  return { world, listeners };
}

/** The sum over all SSRCs under which a channel was sent to the listener. */
function offered(world: VirtualWorld, listener: VirtualListener, ssrcs: readonly number[]) {
  const { streams } = world.towardsListener(listener);
  const all = ssrcs.map((ssrc) => streams.get(ssrc)!);
  const sum = (read: (one: typeof all[number]) => number) =>
    all.reduce((total, one) => total + read(one), 0);
  return { offered: sum((one) => one.offered), lost: sum((one) => one.lost) };
}

Deno.test("a third and a fourth channel begin and end in mid-session at ten listeners through 10 % loss", () => {
  const { world, listeners } = open(10);
  const [screen, data] = [begin(world, SCREEN), begin(world, DATA)];
  for (let index = 0; index < 300; index++) {
    sendPicture(world, screen, index);
    if (index % 10 === 0) sendData(world, data, index / 10 + 1);
    if (index % 50 === 0) world.sendEvent(foul(index / 50));
    world.run(20);
  }
  end(world, screen);
  end(world, data);
  world.run(8000);
  world.finish();
  for (const listener of listeners) {
    assert.deepEqual(changesOf(listener), ["+screen", "+data", "-screen", "-data"]);
    assertExact(world, listener);
    assert.equal(world.channel(listener, "screen").packetsExpected, 300);
    assert.deepEqual(countsOf(listener, "data"), upTo(30));
    assert.deepEqual(countsOf(listener, "events"), upTo(6));
    const sound = world.channel(listener, "audio");
    assert.ok(sound.networkLost > 0);
    assert.ok(sound.residualLost <= 0.01 * sound.packetsExpected, `${sound.residualLost} missing`);
    const frames = playedFrames(listener);
    assert.ok(frames.every((frame, index) => index === 0 || frame > frames[index - 1]!));
    assert.equal(listener.said("joined").length, 1);
    assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
    assert.equal(world.ledger(listener).junk.unknownSsrc, undefined);
  }
});

Deno.test("stopping the only channel ends nobody, and it begins again with one ledger", () => {
  const path = { delayMillis: 20 };
  const world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
  const host = world.startHost({ hasEvents: false });
  const listener = world.addListener();
  world.run(5000);
  const ssrcs = [host.core.channels[0]!.ssrc];
  end(world, host.core.audioId!);
  world.run(60_000);
  assert.deepEqual(listener.said("connection").map(({ state }) => state), ["joining", "connected"]);
  assert.deepEqual(changesOf(listener), ["-audio"]);
  const late = world.addListener();
  world.run(1000);
  assert.deepEqual(late.said("joined").map(({ info }) => info.channels), [[]]);
  world.tell(({ core }) => core.openAudio(MP3, world.now));
  ssrcs.push(host.core.channels[0]!.ssrc);
  world.run(5000);
  world.finish();
  assert.deepEqual(changesOf(listener), ["-audio", "+audio"]);
  assert.deepEqual(changesOf(late), ["+audio"]);
  assert.deepEqual(listener.said("connection").map(({ state }) => state), ["joining", "connected"]);
  assert.equal(listener.said("joined").length, 1);
  const { packetsExpected, packetsReceived, networkLost } = world.channel(listener, "audio");
  assert.deepEqual(
    { offered: packetsExpected, lost: networkLost },
    offered(world, listener, ssrcs),
  );
  assert.equal(packetsReceived, packetsExpected);
  assertExact(world, late);
  assert.equal(playedFrames(listener).length, packetsReceived);
});

Deno.test("only the end of the broadcast ends a listener, whatever channels there are then", () => {
  const { world, listeners: [listener] } = open(1, {});
  end(world, world.host!.core.audioId!);
  world.tell(({ core }) => core.endChannel(core.channels[0]!.id, world.now));
  world.run(20_000);
  assert.equal(listener!.hasEnded, false);
  world.finish();
  assert.deepEqual(listener!.said("ended").map(({ reason }) => reason), ["bye"]);
});

Deno.test("messages arrive once and in order through 30 % loss, duplicates and new addresses", () => {
  const path: NetemOptions = {
    ...{ loss: 0.3, duplicate: 0.2, duplicateMillis: 5, reorder: 0.1, reorderMillis: 50 },
    ...{ delayMillis: 20, jitterMillis: 10 },
  };
  const { world, listeners } = open(5, path);
  const told: string[] = [];
  for (let round = 0; round < 6; round++) {
    const id = begin(world, round % 2 === 0 ? DATA : SCREEN);
    if (round % 2 === 0) world.rebind(listeners[round % 5]!);
    world.run(700);
    end(world, id);
    world.run(300);
    const name = round % 2 === 0 ? "data" : "screen";
    told.push(`+${name}`, `-${name}`);
  }
  world.run(20_000);
  for (const listener of listeners) assert.deepEqual(changesOf(listener), told);
  const ids = listeners.map((one) => new Set(one.said("joined").map((join) => join.connectionId)));
  assert.ok(ids.every(({ size }) => size === 1), "all of it in one session");
});

Deno.test("after a restart of the host the lane begins anew, and its messages are those of the new session", () => {
  const { world, listeners: [listener] } = open(1);
  begin(world, SCREEN);
  world.run(3000);
  world.killHost();
  world.run(2000);
  world.startHost();
  world.runUntil(() => listener!.said("joined").length === 2, 20_000, "the join");
  const again = listener!.said("joined")[1]!.info.channels.map(({ channel }) => channel);
  assert.deepEqual(again, ["audio", "events"]);
  const data = begin(world, DATA);
  for (let count = 1; count <= 5; count++) sendData(world, data, count);
  world.run(5000);
  end(world, data);
  world.run(5000);
  assert.deepEqual(changesOf(listener!), ["+screen", "+data", "-data"]);
  assert.deepEqual(countsOf(listener!, "data"), upTo(5));
});

Deno.test("after a restart of an edge its listeners are told of the channels anew, and miss no item", () => {
  const edges = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }];
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  const split = world.startHost({ edges }).core as unknown as SplitHost;
  const listeners = [0, 1].map((index) => {
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index);
    return world.addListener();
  });
  world.runUntil(() => listeners.every(hasJoined), 20_000, "the joins");
  const data = begin(world, DATA);
  for (let count = 1; count <= 5; count++) sendData(world, data, count);
  world.run(3000);
  split.startEdge(1, world.now);
  for (let count = 6; count <= 9; count++) sendData(world, data, count);
  world.runUntil(() => listeners[1]!.said("joined").length === 2, 30_000, "the join");
  world.run(5000);
  end(world, data);
  world.run(5000);
  for (const listener of listeners) {
    assert.deepEqual(countsOf(listener, "data"), upTo(9));
    assert.deepEqual(changesOf(listener), ["+data", "-data"]);
  }
});

Deno.test("eight channels with the longest names are admitted; a ninth is refused by the origin, in words", () => {
  const world = new VirtualWorld();
  const name = "W".repeat(80);
  world.startHost({ match: { home: name, away: name } });
  const ids = [SCREEN, DATA, SCREEN, DATA, SCREEN, DATA].map((plan) => begin(world, plan));
  const listener = world.addListener();
  world.run(2000);
  assert.deepEqual(listener.said("joined").map(({ info }) => info.channels.length), [8]);
  assert.throws(() => begin(world, SCREEN), /"screen" can't begin: 8 channels run already/);
  end(world, ids[0]!);
  begin(world, SCREEN);
  world.run(2000);
  assert.deepEqual(changesOf(listener), ["-screen", "+screen"]);
});

for (const seconds of [10, 40]) {
  Deno.test(`a channel that ends while a listener sleeps for ${seconds} s has counted all its packets when it wakes`, () => {
    const { world, listeners: [sleeper, other] } = open(2, { delayMillis: 20 });
    const [screen, data] = [begin(world, SCREEN), begin(world, DATA)];
    const send = (from: number) => {
      for (let index = from; index < from + 50; index++) {
        sendPicture(world, screen, index);
        if (index % 10 === 0) sendData(world, data, index / 10 + 1);
        world.run(20);
      }
    };
    send(0);
    world.sleep(sleeper!);
    send(50);
    for (const id of [screen, data]) end(world, id);
    world.run(seconds * 1000 - 1000);
    world.wakeUp(sleeper!);
    world.run(15_000);
    world.finish();
    assert.equal(sleeper!.said("joined").length, seconds > 20 ? 2 : 1);
    assert.equal(world.channel(other!, "screen").networkLost, 0);
    for (const [name, count] of [["screen", 100], ["data", 10]] as const) {
      const { packetsExpected, packetsReceived, networkLost } = world.channel(sleeper!, name);
      assert.deepEqual([packetsExpected, packetsReceived], [count, count / 2], name);
      assert.equal(networkLost, count / 2);
    }
  });
}
