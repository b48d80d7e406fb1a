import assert from "node:assert/strict";
import { SeededRng } from "../../../shared/core/rng.ts";
import { Sound } from "../../../server/origin/sound/sound.ts";
import { LATE_MILLIS, LIVE_HEADROOM_MILLIS } from "../../../server/studio/live_sound_times.ts";
import { SoundLine } from "../../../server/studio/sound_line.ts";
import { printedSeed } from "../../seed.ts";
import { keyFrame, kindsOf, opus, Page, SCREEN, SOUND, START } from "./pages.ts";

const LENGTH = 20;

/** A page's sound into an origin's sender, which must neither run out nor pile up. */
class Broadcast {
  readonly page = new Page();
  readonly warnings: string[] = [];
  sound: Sound | undefined;
  sent = 0;
  /** The most that a packet left after it was due, and the gaps between packets that follow each other. */
  mostLate = 0;
  readonly gaps: number[] = [];
  /** When the broadcast began, and where its next packet follows the last one. */
  #startedAt = 0;
  #end: number | undefined;
  least = Infinity;
  most = 0;

  constructor() {
    this.page.say(SOUND);
  }

  /** A packet captured at `captured` arrives now. */
  bring(captured: number, now: number): void {
    this.page.now = now;
    this.advance(now);
    const before = this.sound?.backlog ?? Infinity;
    this.least = Math.min(this.least, before);
    for (const output of this.page.bringAt("sound", opus(), captured)) {
      if (output.kind === "sound-started") {
        this.sound = new Sound(output.format, undefined, LIVE_HEADROOM_MILLIS);
        // The broadcast has begun before its sound.
        this.#startedAt = now - 1000;
        this.sound.start(this.#startedAt);
      }
      if (output.kind !== "sound") continue;
      const warning = this.sound!.push(output.frame, Math.min(output.at, now));
      this.#send(now);
      if (warning !== undefined) this.warnings.push(warning);
    }
    this.most = Math.max(this.most, this.sound?.backlog ?? 0);
  }

  advance(now: number): void {
    while (this.sound && this.sound.deadline <= now) this.#send(this.sound.deadline);
  }

  #send(now: number): void {
    for (const { ticks } of this.sound?.due(now) ?? []) {
      this.sent++;
      const due = (ticks as number) / 48;
      this.mostLate = Math.max(this.mostLate, now - this.#startedAt - due);
      const gap = due - (this.#end ?? due);
      if (gap > 1) this.gaps.push(Math.round(gap));
      this.#end = due + LENGTH;
    }
  }

  /** Brings packets of which each comes so late; all that is due is sent when it is due. */
  bringAll(count: number, lateOf: (index: number) => number): void {
    let before = 0;
    for (let index = 0; index < count; index++) {
      before = Math.max(before, index * LENGTH + LENGTH + 2 + lateOf(index));
      this.bring(index * LENGTH * 1000, START + before);
    }
    this.advance(START + before + 1000);
  }

  forgetBounds(): void {
    [this.least, this.most] = [Infinity, 0];
  }
}

for (const drift of [1e-4, -1e-4, 3e-4]) {
  Deno.test(`an hour with a sound card ${drift * 1e6} ppm off neither run out nor pile up`, () => {
    const rng = new SeededRng(printedSeed(7));
    const broadcast = new Broadcast();
    const hours = 1;
    const length = LENGTH / (1 + drift);
    const count = hours * 3_600_000 / length;
    let before = 0;
    for (let index = 0; index < count; index++) {
      const ended = (index + 1) * length;
      // Delays of up to 80 ms, in order.
      const arrival = Math.max(before, ended + 1 + rng.float() ** 4 * 80);
      before = arrival;
      broadcast.bring((index * length + 1000) * 1000, START + arrival);
      if (index === 1000) broadcast.forgetBounds();
    }
    const { counts } = broadcast.page.media;
    const expected = Math.abs(drift) * hours * 3_600_000 / LENGTH;
    const adjusted = counts.get(drift > 0 ? "soundLeftOut" : "soundInserted");
    assert.ok(Math.abs(adjusted - expected) <= 3, `${adjusted} corrections, ${expected} needed`);
    assert.equal(counts.total, adjusted, "and nothing else was odd");
    assert.deepEqual(broadcast.warnings, []);
    assert.ok(broadcast.mostLate < 60, `${broadcast.mostLate} ms after it was due`);
    assert.ok(broadcast.most < 200, `${broadcast.most} ms waited`);
  });
}

Deno.test("a clock that is right is left alone, whatever the delays are", () => {
  const rng = new SeededRng(printedSeed(8));
  const broadcast = new Broadcast();
  let before = 0;
  for (let index = 0; index < 100_000; index++) {
    before = Math.max(before, index * LENGTH + 21 + rng.float() ** 3 * 200);
    broadcast.bring(index * LENGTH * 1000, START + before);
  }
  assert.equal(broadcast.page.media.counts.total, 0);
  assert.deepEqual(broadcast.warnings, []);
  assert.equal(broadcast.sent + Math.round(broadcast.sound!.backlog / LENGTH), 100_000);
});

Deno.test("sound that was held up is left out, and what follows comes as soon as before", () => {
  for (const held of [300, 1000, 4000]) {
    const broadcast = new Broadcast();
    const at = (index: number) => {
      const arrival = index * LENGTH + 21;
      const isHeld = arrival > 10_000 && arrival < 10_000 + held;
      return START + (isHeld ? 10_000 + held : arrival);
    };
    for (let index = 0; index < 2000; index++) {
      broadcast.bring(index * LENGTH * 1000, at(index));
    }
    assert.ok(broadcast.page.media.counts.get("lateSound") > 0);
    assert.ok(broadcast.most < 200, `${broadcast.most} ms waited after ${held} ms`);
    assert.equal(broadcast.warnings.length, 1, "the gap is said");
    assert.equal(broadcast.gaps.length, 1);
    assert.ok(broadcast.mostLate < LATE_MILLIS - LIVE_HEADROOM_MILLIS + LENGTH);
  }
});

Deno.test("a short hole in the sound is filled with silence, each packet in its place", () => {
  const line = new SoundLine();
  let end = START;
  const silences: number[] = [];
  for (let index = 0; index < 100; index++) {
    const captured = START + index * LENGTH + (index >= 50 ? 160 : 0);
    const { at, inserted } = line.place(captured, LENGTH, captured + 22);
    assert.ok(at !== undefined);
    assert.equal(at, end + inserted * LENGTH, "packets follow each other");
    end = at + LENGTH;
    if (inserted > 0) silences.push(index, inserted);
  }
  assert.deepEqual(silences, [54, 7]);
});

Deno.test("silence is as long as what it is inserted between, and empty", () => {
  const page = new Page();
  page.say(SOUND);
  for (let index = 0; index < 60; index++) {
    page.now = START + index * LENGTH + (index >= 30 ? 60 : 0);
    page.bring("sound", opus(), 21);
  }
  const frames = page.outputs.flatMap((output) => output.kind === "sound" ? [output.frame] : []);
  const silent = frames.filter(({ bytes }) => bytes.length === 1);
  assert.equal(silent.length, 2);
  assert.deepEqual(silent[0], {
    bytes: opus().subarray(0, 1),
    sampleCount: 960,
    sampleRate: 48_000,
  });
  assert.equal(frames.length, 62);
  const text = page.outputs.find(({ kind }) => kind === "warning");
  assert.match(text?.kind === "warning" ? text.text : "", /40 ms of silence are inserted/);
});

Deno.test("sound and pictures that were captured together have the same time, hours later too", () => {
  const page = new Page();
  page.say(SOUND);
  page.say(SCREEN);
  const drift = 1 - 1e-4;
  const pairs: number[] = [];
  let sound = 0;
  for (let index = 0; index < 180_000; index++) {
    page.now = START + index * LENGTH;
    const captured = index * LENGTH * drift * 1000;
    for (const output of page.bringAt("sound", opus(), captured)) {
      if (output.kind === "sound") sound = output.at;
    }
    if (index % 50 !== 0) continue;
    // A picture takes longer to encode and to send.
    page.now += 15;
    const outputs = page.bringAt("screen", keyFrame(40), captured);
    for (const output of outputs) if (output.kind === "picture") pairs.push(output.at - sound);
  }
  assert.equal(pairs.length, 3600);
  for (const difference of pairs) assert.ok(Math.abs(difference) <= 60, `${difference} ms apart`);
  assert.ok(!kindsOf(page.outputs).includes("paused screen"));
});

Deno.test("sound that comes up to 250 ms late is sent at once and in its place; what comes later is left out", () => {
  for (const [late, isSent] of [[90, true], [150, true], [220, true], [280, false]] as const) {
    const broadcast = new Broadcast();
    // Ten packets in a row come together.
    const isLate = (index: number) => index >= 500 && index < 510;
    const heldUntil = 500 * LENGTH + late;
    broadcast.bringAll(
      1000,
      (index) => isLate(index) ? Math.max(0, heldUntil - index * LENGTH) : 0,
    );
    const leftOut = broadcast.page.media.counts.get("lateSound");
    assert.equal(leftOut === 0, isSent, `${late} ms late`);
    assert.equal(broadcast.sent + leftOut, 1000);
    const gaps = isSent ? 0 : 1;
    assert.deepEqual([broadcast.gaps.length, broadcast.warnings.length], [gaps, gaps]);
    const most = LATE_MILLIS - LIVE_HEADROOM_MILLIS + LENGTH;
    assert.ok(broadcast.mostLate <= most, `${broadcast.mostLate} ms after it was due`);
  }
});

Deno.test("a way from the page that takes longer than it did stops the sound for a second at most", () => {
  for (const late of [80, 150, 240]) {
    const broadcast = new Broadcast();
    // A hold-up, after which everything comes later than before it.
    broadcast.bringAll(1500, (index) => index < 500 ? 0 : index < 515 ? 400 : late);
    const leftOut = broadcast.page.media.counts.get("lateSound");
    assert.ok(leftOut > 0 && leftOut <= 85, `${leftOut} packets left out at ${late} ms`);
    assert.ok(broadcast.sent >= 1410, `${broadcast.sent} packets sent at ${late} ms`);
  }
});

Deno.test("after a hole in the sound, no more than some packets leave late", () => {
  for (const hole of [60, 100, 160, 240]) {
    const broadcast = new Broadcast();
    let late = 0;
    for (let index = 0; index < 1000; index++) {
      const captured = index * LENGTH + (index < 500 ? 0 : hole);
      const before = broadcast.mostLate;
      broadcast.mostLate = 0;
      broadcast.bring(captured * 1000, START + captured + LENGTH + 2);
      if (broadcast.mostLate > LENGTH) late++;
      broadcast.mostLate = Math.max(before, broadcast.mostLate);
    }
    assert.ok(late <= 8, `${late} packets left late after a hole of ${hole} ms`);
    assert.ok(broadcast.mostLate < LATE_MILLIS - LIVE_HEADROOM_MILLIS + 2 * LENGTH);
  }
});
