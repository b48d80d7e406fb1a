import assert from "node:assert/strict";
import type { DataSetup, ValueSetup } from "../../../../shared/data/data_setup.ts";
import { DataSetupParts } from "../../../../client/core/data_setup_parts.ts";
import { Guest, MP3, Stage } from "../../kit.ts";
import { SCREEN } from "../../../loopback/made_up_items.ts";

const SMALL: DataSetup = { values: { energy: { title: "Energy", unit: "MeV", warn: [1, 2] } } };

/** More than a lane's queue takes. */
function large(unit: string, count = 300): DataSetup {
  const title = "é".repeat(80);
  const value = (index: number): [string, ValueSetup] => [
    `value ${index} ${"x".repeat(60)}`,
    { title, unit, minimum: -1e100, maximum: 1e100, warn: [-1e50, 1e50], alarm: [-1e60, 1e60] },
  ];
  return { values: Object.fromEntries(Array.from({ length: count }, (_, index) => value(index))) };
}

/** The set-ups that a guest has been told, put together as a listener does. */
function setupsOf(guest: Guest): DataSetup[] {
  const parts = new DataSetupParts();
  return guest.listen().messages.flatMap((message) => {
    const outputs = message.type === "data-setup" ? parts.take(message) : [];
    return outputs.flatMap((output) => output.kind === "data-setup" ? [output.setup] : []);
  });
}

const typesOf = (guest: Guest) => guest.listen().messages.map(({ type }) => type);

function onAir(): Stage {
  return new Stage({ hasData: true, capacity: 500 }).run(10);
}

function tell(stage: Stage, setup: DataSetup): void {
  stage.tell((core) => core.setDataSetup(setup, stage.now));
}

/** Lets the guests acknowledge what comes, each some milliseconds later. */
function answer(stage: Stage, guests: readonly Guest[], millis: number): void {
  for (const end = stage.now + millis; stage.now < end;) {
    stage.run(10);
    for (const guest of guests) guest.report();
  }
}

Deno.test("all who are in are told at once, and who joins later after the description", () => {
  const stage = onAir();
  const early = new Guest(stage);
  early.join();
  tell(stage, SMALL);
  stage.run(5);
  assert.deepEqual(typesOf(early), ["described", "data-setup"]);
  const late = new Guest(stage);
  late.join();
  stage.run(5);
  assert.deepEqual(typesOf(late), ["described", "data-setup"]);
  for (const guest of [early, late]) assert.deepEqual(setupsOf(guest), [SMALL]);
});

Deno.test("a later set-up replaces it, for those who are in and for those who come", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  tell(stage, SMALL);
  guest.join();
  const other = { values: { current: { unit: "mA" } } };
  tell(stage, other);
  answer(stage, [guest], 50);
  assert.deepEqual(setupsOf(guest), [SMALL, other]);
  const late = new Guest(stage);
  late.join();
  answer(stage, [late], 50);
  assert.deepEqual(setupsOf(late), [other]);
});

Deno.test("a session that begins anew is told again; another ACCEPT of the same session tells nothing twice", () => {
  const stage = onAir();
  tell(stage, SMALL);
  const guest = new Guest(stage);
  guest.join();
  answer(stage, [guest], 50);
  const { listenerSsrc } = guest.info!;
  guest.join();
  answer(stage, [guest], 50);
  assert.equal(guest.info!.listenerSsrc, listenerSsrc);
  assert.deepEqual(setupsOf(guest), [SMALL]);
  guest.leave();
  guest.join();
  answer(stage, [guest], 50);
  assert.notEqual(guest.info!.listenerSsrc, listenerSsrc);
  assert.deepEqual(setupsOf(guest), [SMALL, SMALL]);
});

Deno.test("a set-up that is more than a lane keeps is told whole, and other messages go between", () => {
  const stage = onAir();
  const guests = [new Guest(stage), new Guest(stage)];
  for (const guest of guests) guest.join();
  tell(stage, large("mm"));
  answer(stage, guests, 100);
  let id = -1;
  stage.tell((core) => id = core.openChannel(SCREEN, stage.now));
  answer(stage, guests, 3000);
  for (const guest of guests) {
    assert.deepEqual(setupsOf(guest), [large("mm")]);
    const types = typesOf(guest);
    assert.ok(types.indexOf("channel-started") < types.lastIndexOf("data-setup"));
    assert.deepEqual(guest.heard("putOut"), []);
  }
  assert.ok(id >= 0);
});

Deno.test("set-ups that change faster than they can be told: each that is told is one of them, and the last is", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  guest.join();
  for (let index = 0; index <= 40; index++) {
    tell(stage, large(`${index}`, index % 2 === 0 ? 100 : 60));
    answer(stage, [guest], 20);
  }
  answer(stage, [guest], 3000);
  const told = setupsOf(guest);
  assert.ok(told.length >= 2 && told.length < 41, `${told.length} were told`);
  for (const setup of told) {
    const { unit } = Object.values(setup.values)[0]!;
    assert.deepEqual(setup, large(unit!, Number(unit) % 2 === 0 ? 100 : 60));
  }
  assert.deepEqual(told.at(-1), large("40", 100));
});

Deno.test("who does not answer is sent no more than a flight, repeated ever later, and is not put out for it", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  guest.join();
  for (let index = 0; index < 30; index++) {
    tell(stage, large(`${index}`));
    stage.run(500);
    guest.tell({ type: "receiverReport", ssrc: guest.info!.listenerSsrc, reports: [] });
  }
  const fragments = guest.heard("laneData");
  assert.ok(new Set(fragments.map(({ fragment }) => fragment)).size <= 9);
  assert.ok(fragments.length < 150, `${fragments.length} fragments in 15 s`);
  assert.deepEqual(guest.heard("putOut"), []);
  answer(stage, [guest], 3000);
  assert.deepEqual(setupsOf(guest).at(-1), large("29"));
});

Deno.test("who never acknowledges the description is sent no set-up, whatever it asks", () => {
  const stage = onAir();
  tell(stage, large("mm"));
  const guest = new Guest(stage);
  guest.joinWith(guest.hello());
  const { listenerSsrc: ssrc } = guest.info!;
  const ask = { type: "laneAck", ssrc, listenerSsrc: ssrc, next: 0, mask: 0 } as const;
  for (let time = 0; time < 100; time++) {
    guest.tell({ ...ask, isRequest: true });
    stage.run(20);
  }
  assert.deepEqual(typesOf(guest), ["described"]);
  assert.ok(guest.heard("laneData").every(({ fragment }) => fragment === 0));
});

Deno.test("a crowd is told a hundred in ten milliseconds", () => {
  const stage = new Stage({ hasData: true, audio: MP3, capacity: 500 });
  const guests = Array.from({ length: 250 }, (_, index) => {
    const guest = new Guest(stage, { hostname: `10.1.${index >> 4}.${index & 15}`, port: 5000 });
    guest.join();
    return guest;
  });
  stage.sent.length = 0;
  const toldAt = stage.now;
  tell(stage, SMALL);
  stage.run(200);
  const counts = new Map<number, number>();
  for (const { at } of stage.sent) counts.set(at - toldAt, (counts.get(at - toldAt) ?? 0) + 1);
  assert.deepEqual([0, 10, 20].map((millis) => counts.get(millis)), [100, 100, 50]);
  for (const guest of guests) assert.deepEqual(setupsOf(guest), [SMALL]);
});

Deno.test("a large set-up for a crowd leaves room for media, and reaches everybody", () => {
  const stage = new Stage({ hasData: true, audio: MP3, capacity: 500, waitFor: 150 });
  const guests = Array.from({ length: 150 }, () => new Guest(stage));
  for (const guest of guests) guest.join();
  stage.pushFrames(150);
  tell(stage, large("mm", 100));
  for (let round = 0; round < 20; round++) answer(stage, guests, 100);
  assert.equal(stage.core.stats().overflowed, 0);
  for (const guest of guests) assert.deepEqual(setupsOf(guest), [large("mm", 100)]);
});
