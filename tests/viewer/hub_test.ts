import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { PageChange } from "../../shared/page/page.ts";
import type { RtpTicks } from "../../shared/core/units.ts";
import type { ScreenMessages } from "../../viewer/screen_log.ts";
import { Hub, type HubOptions, type Outgoing, type PageQueue } from "../../viewer/hub.ts";
import { PageModel } from "../../viewer/model.ts";
import { image, message } from "./fakes/data.ts";
import { SERVER } from "./fakes/outputs.ts";

function createHub(options: Partial<HubOptions> = {}): Hub {
  const state = new PageModel(SERVER, 0).state();
  let snapshots = 0;
  return new Hub({ snapshot: () => ({ now: ++snapshots, state }), now: () => 0, ...options });
}

function change(number: number): PageChange {
  const connection = { state: "connected", since: number, server: "", reason: "" } as const;
  return { kind: "connection", connection };
}

function drain(queue: PageQueue): Outgoing[] {
  const taken: Outgoing[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
  return taken;
}

/** `snapshot`, `5` for a change, `sound 7` for media, `part 3` of a frame, in the order they came out. */
function describe(messages: readonly Outgoing[]): string[] {
  return messages.map((message) => {
    if (typeof message !== "string") {
      return `${message[0]! < 100 ? "sound" : "part"} ${message[0]! % 100}`;
    }
    const { kind, connection } = JSON.parse(message);
    return kind === "snapshot" ? "snapshot" : String(connection.since);
  });
}

const sound = (number: number, length = 100) => new Uint8Array(length).fill(number);
const part = (number: number, length = 100) => new Uint8Array(length).fill(100 + number);
const nothing = () => {};

/** A frame whose parts are described by these numbers. */
function frame(isKey: boolean, ...numbers: number[]): ScreenMessages {
  return { isKey, ticks: 0 as RtpTicks, parts: numbers.map((number) => part(number)) };
}

Deno.test("a page gets the state first, then each change, then the sound", () => {
  const hub = createHub();
  const queue = hub.join(nothing)!;
  hub.publish([change(1)]);
  assert.deepEqual(describe(drain(queue)), ["snapshot"]);
  queue.setWantsMedia(true);
  hub.publishMedia(sound(7));
  hub.publish([change(2), change(3)]);
  assert.deepEqual(describe(drain(queue)), ["2", "3", "sound 7"]);
  assert.ok(queue.isEmpty);
});

Deno.test("sound is sent only to pages that want it, and waiting sound is dropped when they stop", () => {
  const hub = createHub();
  const [quiet, loud] = [hub.join(nothing)!, hub.join(nothing)!];
  drain(quiet), drain(loud);
  assert.equal(hub.wantsMedia, false);
  loud.setWantsMedia(true);
  assert.equal(hub.wantsMedia, true);
  hub.publishMedia(sound(1));
  assert.ok(quiet.isEmpty);
  assert.ok(!loud.isEmpty);
  loud.setWantsMedia(false);
  assert.ok(loud.isEmpty);
  loud.setWantsMedia(true);
  hub.publishMedia(sound(2));
  assert.deepEqual(describe(drain(loud)), ["sound 2"]);
});

Deno.test("a slow page loses the oldest sound and no change; the fast one loses nothing", () => {
  const hub = createHub({ maxMediaBytes: 250, maxChanges: 100 });
  const [slow, fast] = [hub.join(nothing)!, hub.join(nothing)!];
  for (const queue of [slow, fast]) drain(queue), queue.setWantsMedia(true);
  const heard: string[] = [];
  for (let number = 1; number <= 5; number++) {
    hub.publishMedia(sound(number));
    hub.publish([change(number)]);
    heard.push(...describe(drain(fast)));
  }
  assert.equal(heard.length, 10);
  assert.deepEqual(describe(drain(slow)), ["1", "2", "3", "4", "5", "sound 4", "sound 5"]);
  assert.deepEqual(hub.losses.snapshot(), { mediaDropped: 3 });
});

Deno.test("changes that pile up give way to one fresh snapshot", () => {
  const hub = createHub({ maxChanges: 3 });
  const [slow, fast] = [hub.join(nothing)!, hub.join(nothing)!];
  drain(slow), drain(fast);
  for (let number = 1; number <= 6; number++) {
    hub.publish([change(number)]);
    assert.deepEqual(describe(drain(fast)), [String(number)]);
  }
  assert.deepEqual(describe(drain(slow)), ["snapshot"]);
  hub.publish([change(7)]);
  assert.deepEqual(describe(drain(slow)), ["7"]);
  assert.equal(hub.losses.get("snapshotsResent"), 1);
  assert.equal(hub.losses.get("changesDropped"), 4);
});

Deno.test("a reset replaces what waits by a snapshot, made when it is taken", () => {
  const hub = createHub();
  const queue = hub.join(nothing)!;
  drain(queue);
  hub.publish([change(1)]);
  hub.reset();
  hub.publish([change(2)]);
  const [message, ...rest] = drain(queue);
  assert.deepEqual(describe([message!, ...rest]), ["snapshot"]);
  assert.equal(JSON.parse(message as string).now, 2);
});

Deno.test("the owner of the socket is called once when there is a message to take", () => {
  const hub = createHub();
  let calls = 0;
  const queue = hub.join(() => calls++)!;
  drain(queue);
  hub.publish([change(1), change(2)]);
  assert.equal(calls, 1);
  drain(queue);
  hub.publish([change(3)]);
  assert.equal(calls, 2);
});

Deno.test("too many pages are refused until one leaves", () => {
  const hub = createHub({ maxPages: 2 });
  const first = hub.join(nothing)!;
  hub.join(nothing);
  assert.equal(hub.join(nothing), undefined);
  assert.equal(hub.losses.get("pagesRefused"), 1);
  hub.leave(first);
  assert.ok(hub.join(nothing));
  assert.equal(hub.pageCount, 2);
});

Deno.test("the screen is sent to pages that want it, from the last key frame on", () => {
  const hub = createHub();
  const [first, second] = [hub.join(nothing)!, hub.join(nothing)!];
  drain(first), drain(second);
  first.setWants("screen", true);
  hub.publishFrame(frame(true, 1, 2));
  hub.publishFrame(frame(false, 3));
  assert.deepEqual(describe(drain(first)), ["part 1", "part 2", "part 3"]);
  assert.ok(second.isEmpty);
  second.setWants("screen", true);
  assert.deepEqual(describe(drain(second)), ["part 1", "part 2", "part 3"]);
  first.setWants("screen", false);
  hub.publishFrame(frame(false, 4));
  assert.ok(first.isEmpty);
  assert.deepEqual(describe(drain(second)), ["part 4"]);
  first.setWants("screen", true);
  first.setWants("screen", true);
  assert.deepEqual(describe(drain(first)), ["part 1", "part 2", "part 3", "part 4"]);
  assert.deepEqual(hub.losses.snapshot(), {});
});

Deno.test("sound and changes pass between two parts of a frame", () => {
  const hub = createHub();
  const queue = hub.join(nothing)!;
  drain(queue);
  queue.setWants("screen", true);
  queue.setWantsMedia(true);
  hub.publishFrame(frame(true, 1, 2, 3));
  assert.deepEqual(describe([queue.take()!]), ["part 1"]);
  hub.publishMedia(sound(7));
  hub.publish([change(8)]);
  assert.deepEqual(describe(drain(queue)), ["8", "sound 7", "part 2", "part 3"]);
});

Deno.test("the owner of an idle socket is called for a frame, and for a picture that is there already", () => {
  const hub = createHub();
  let calls = 0;
  const queue = hub.join(() => calls++)!;
  drain(queue);
  hub.publishFrame(frame(true, 1));
  assert.equal(calls, 0);
  queue.setWants("screen", true);
  assert.equal(calls, 1);
  drain(queue);
  hub.publishFrame(frame(false, 2));
  hub.publishFrame(frame(false, 3));
  assert.equal(calls, 2);
});

Deno.test("a page that does not read costs the other none of its frames, and is counted", () => {
  const hub = createHub({ screen: { maxBytes: 1000 } });
  const [stalled, fast] = [hub.join(nothing)!, hub.join(nothing)!];
  for (const queue of [stalled, fast]) drain(queue), queue.setWants("screen", true);
  let seen = 0;
  for (let number = 0; number < 500; number++) {
    hub.publishFrame(frame(number % 5 === 0, number % 50));
    seen += drain(fast).length;
    if (number === 0) stalled.take();
    assert.ok(hub.screenBytes <= 1000);
  }
  assert.equal(seen, 500);
  assert.equal(hub.losses.get("framesDropped"), 0);
  assert.deepEqual(describe(drain(stalled)), [
    "part 45",
    "part 46",
    "part 47",
    "part 48",
    "part 49",
  ]);
  assert.equal(hub.losses.get("framesDropped"), 494);
});

Deno.test("a page that opens after the end of sharing gets no picture of it", () => {
  const hub = createHub();
  hub.publishFrame(frame(true, 1));
  hub.clearScreen();
  const queue = hub.join(nothing)!;
  queue.setWants("screen", true);
  assert.deepEqual(describe(drain(queue)), ["snapshot"]);
});

Deno.test("live data and the screen share a slow socket part by part", () => {
  const hub = createHub();
  const queue = hub.join(nothing)!;
  drain(queue);
  queue.setWants("screen", true);
  queue.setWants("data", true);
  const kinds = (messages: readonly Outgoing[]) =>
    messages.map((message) => (message as Uint8Array)[0]! < 100 ? "data" : "screen");
  assert.deepEqual(kinds(drain(queue)), ["data"]);
  hub.publishFrame(frame(true, 1, 2, 3));
  hub.publishData(message(1, { a: 1 }, image(256, 256)), 0);
  assert.deepEqual(kinds(drain(queue)), ["screen", "data", "screen", "data", "screen", "data"]);
});

Deno.test("a page that reads no live data costs the other none of it, and is counted", () => {
  const hub = createHub({ data: { maxBytes: 100_000 } });
  const [stalled, fast] = [hub.join(nothing)!, hub.join(nothing)!];
  let calls = 0;
  const idle = hub.join(() => calls++)!;
  for (const queue of [stalled, fast]) drain(queue), queue.setWants("data", true), drain(queue);
  drain(idle);
  for (let count = 1; count <= 300; count++) {
    hub.publishData(message(count, { a: count }, image(100, 100)), count * 16);
    assert.equal(drain(fast).length, 1);
    assert.ok(hub.dataBytes <= 100_000);
  }
  assert.equal(calls, 0);
  assert.equal(hub.losses.get("messagesDropped"), 0);
  assert.equal(drain(stalled).length, 1);
  assert.equal(hub.losses.get("messagesDropped"), 299);
  stalled.setWants("data", false);
  hub.publishDataSetup({ values: {} });
  assert.ok(stalled.isEmpty);
  idle.setWants("data", true);
  assert.equal(calls, 1);
});

Deno.test("whatever happens, a queue stays within its bounds and a page ends up to date", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("change" as const) }),
    fc.record({ do: fc.constant("media" as const), length: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ do: fc.constant("take" as const) }),
    fc.record({ do: fc.constant("reset" as const) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const hub = createHub({ maxChanges: 4, maxMediaBytes: 500 });
    const queue = hub.join(nothing)!;
    queue.setWantsMedia(true);
    let latest = 0;
    let known = 0;
    const take = (message: Outgoing | undefined) => {
      if (typeof message !== "string") return;
      const [word] = describe([message]);
      known = word === "snapshot" ? latest : Number(word);
    };
    for (const one of steps) {
      if (one.do === "change") hub.publish([change(++latest)]);
      else if (one.do === "media") hub.publishMedia(sound(1, one.length));
      else if (one.do === "take") take(queue.take());
      else hub.reset();
    }
    const left = drain(queue);
    left.forEach(take);
    assert.equal(known, latest);
    assert.ok(left.filter((message) => typeof message === "string").length <= 4 + 1);
    const bytes = left.reduce((sum, one) => sum + (typeof one === "string" ? 0 : one.length), 0);
    assert.ok(bytes <= 500, `${bytes} bytes of sound waited`);
  }));
});
