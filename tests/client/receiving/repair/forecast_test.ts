import assert from "node:assert/strict";
import { Forecast } from "../../../../client/receiving/repair/forecast.ts";
import { T0 } from "../../starts.ts";

const FRAME_TICKS = 2351;
const FRAME = FRAME_TICKS / 90;
const PAYLOAD = new Uint8Array();

function open(target = 120, aheadMillis = 0, isStrained = () => false) {
  const dueAt = (mediaTime: number) => mediaTime + T0 + target;
  const times = { lowestTransit: T0, targetMillis: target, dueAt };
  const forecast = new Forecast({ clockRate: 90_000, aheadMillis, times, isStrained });
  const packet = (sequence: number, late = 0, extraTicks = 0) =>
    forecast.onOriginal({
      sequence,
      ticks: sequence * FRAME_TICKS + extraTicks,
      arrivedAt: T0 + sequence * FRAME + extraTicks / 90 + late,
      payload: PAYLOAD,
    });
  return { forecast, packet };
}

function near(actual: number, expected: number, tolerance = 0.01): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);
}

Deno.test("after two packets the arrival and playout times of the next ones are known", () => {
  const { forecast, packet } = open();
  packet(100);
  assert.equal(forecast.isSure, false);
  packet(101);
  assert.equal(forecast.isSure, true);
  near(forecast.expectedAt(103) - T0, 103 * FRAME + 10);
  near(forecast.dueAt(99) - T0, 99 * FRAME + 120);
  packet(110);
  near(forecast.dueAt(200) - T0, 200 * FRAME + 120, 0.1);
});

Deno.test("on a path with jitter packets are overdue later, but early enough to request them", () => {
  const even = open(200);
  const uneven = open(200);
  const wild = open(200);
  for (let sequence = 0; sequence < 500; sequence++) {
    even.packet(sequence, 2);
    uneven.packet(sequence, sequence % 5 * 5);
    wild.packet(sequence, sequence % 2 * 200);
  }
  const lateness = ({ forecast }: ReturnType<typeof open>) =>
    forecast.expectedAt(600) - T0 - 600 * FRAME;
  near(lateness(even), 10);
  assert.ok(lateness(uneven) > 25 && lateness(uneven) < 45, `${lateness(uneven)}`);
  near(lateness(wild), 50);
});

Deno.test("on a busy machine a late packet makes the next ones overdue later at once, and for a hundred packets or more", () => {
  let isStrained = true;
  const { forecast, packet } = open(200, 0, () => isStrained);
  const patience = (sequence: number) => forecast.expectedAt(sequence) - T0 - sequence * FRAME;
  for (let sequence = 0; sequence < 100; sequence++) packet(sequence, 2);
  near(patience(100), 10);
  assert.equal(forecast.unevenMillis, 0);
  packet(100, 80);
  assert.ok(patience(101) >= 80 && patience(101) < 110, `${patience(101)}`);
  near(forecast.unevenMillis, 70);
  for (let sequence = 101; sequence < 150; sequence++) packet(sequence, 2);
  assert.ok(patience(150) > 30, `${patience(150)}`);
  for (let sequence = 150; sequence < 400; sequence++) packet(sequence, 2);
  near(patience(400), 10);
  isStrained = false;
  packet(400, 80);
  assert.ok(patience(401) < 60, `only the path is late: ${patience(401)}`);
  assert.equal(forecast.unevenMillis, 0);
});

Deno.test("one packet that came much too late does not matter for longer than one that was just too late", () => {
  const { forecast, packet } = open(200, 0, () => true);
  for (let sequence = 0; sequence < 100; sequence++) packet(sequence, sequence === 50 ? 60_000 : 2);
  assert.ok(forecast.unevenMillis < 100, `${forecast.unevenMillis}`);
});

Deno.test("what the host sends early makes packets uneven, but not the path", () => {
  const { forecast, packet } = open(400, 200, () => true);
  for (let sequence = 0; sequence < 100; sequence++) packet(sequence, sequence % 8 * FRAME);
  assert.equal(forecast.unevenMillis, 0);
});

Deno.test("packets that may be sent early are overdue that much later than the earliest", () => {
  const { forecast, packet } = open(400, 200);
  for (let sequence = 0; sequence < 400; sequence++) packet(sequence, sequence % 8 * FRAME);
  assert.ok(forecast.expectedAt(400) - T0 - 400 * FRAME >= 7 * FRAME);
});

Deno.test("a jump of the timestamps is reported once as a pause, and the pace stays", () => {
  const { forecast, packet } = open();
  for (const sequence of [0, 1, 2, 3]) assert.equal(packet(sequence), false);
  const jump = 90 * 5000;
  assert.equal(packet(4, 0, jump), true);
  assert.equal(packet(5, 0, jump), false);
  near(forecast.dueAt(6) - T0, 6 * FRAME + 5000 + 120);
});

Deno.test("an overtaken packet changes nothing", () => {
  const { forecast, packet } = open();
  for (const sequence of [0, 1, 3]) packet(sequence);
  const before = forecast.expectedAt(4);
  assert.equal(packet(2, 60), false);
  assert.equal(forecast.expectedAt(4), before);
});

Deno.test("fragments of the first frame give no pace, and those of later frames do not change it to 0", () => {
  const { forecast, packet } = open();
  packet(0);
  packet(1, 0, -FRAME_TICKS);
  assert.equal(forecast.isSure, false);
  for (let sequence = 2; sequence < 100; sequence++) {
    packet(sequence, 0, -FRAME_TICKS * Math.ceil(sequence / 2));
  }
  assert.equal(forecast.isSure, true);
  near(forecast.dueAt(80) - T0, 40 * FRAME + 120, FRAME);
  assert.ok(forecast.expectedAt(100) - T0 > 50 * FRAME, "not before the next frame is sent");
});

Deno.test("timestamps that stand still or run backwards do not make all packets overdue", () => {
  for (const step of [0, -90]) {
    const { forecast, packet } = open();
    for (const sequence of [0, 1, 2]) packet(sequence);
    for (let sequence = 3; sequence < 1000; sequence++) {
      packet(sequence, 0, (sequence - 2) * (step - FRAME_TICKS));
    }
    const ahead = forecast.expectedAt(1300) - forecast.expectedAt(1000);
    assert.ok(ahead >= 300, `300 packets in ${ahead} ms`);
  }
});

Deno.test("a pause after the first packet is not taken for the pace", () => {
  const { forecast, packet } = open();
  packet(0);
  for (const sequence of [1, 2, 3]) packet(sequence, 0, 90 * 5000);
  near(forecast.dueAt(4) - T0, 4 * FRAME + 5000 + 120);
});

Deno.test("packets as long as the time that the host sends ahead give a pace, however long it is", () => {
  const { forecast } = open(2000, 1000);
  for (const sequence of [1, 2]) {
    const ticks = sequence * 90_720;
    forecast.onOriginal({ sequence, ticks, arrivedAt: T0 + sequence * 1008, payload: PAYLOAD });
  }
  assert.equal(forecast.isSure, true);
  near(forecast.dueAt(3), T0 + 3 * 1008 + 2000);
});
