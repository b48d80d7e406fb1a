import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameAssembly, MAX_PENDING } from "../../../../client/receiving/frames/frame_assembly.ts";
import type { ScreenFrame } from "../../../../shared/media/video/screen_frame.ts";
import type { FramePacket } from "../../../../shared/media/video/video_payload.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { networkOrder, STARTS } from "../../starts.ts";
import { type MadeScreen, makeScreen, packetsOf, whatIsWrong } from "./made_up_frames.ts";
import { runs } from "../../../runs.ts";

const CODECS: readonly ScreenCodec[] = ["h264", "vp8"];
/** Around the wrap of a frame number in the packet; here it is unwrapped. */
const FRAME_STARTS = [0, 2 ** 32 - 4];

/** Gives packets one by one and takes what comes out. */
class Giver {
  readonly assembly: FrameAssembly;
  readonly shown: ScreenFrame[] = [];

  constructor(readonly screen: MadeScreen) {
    this.assembly = new FrameAssembly(screen.codec);
  }

  give(packets: readonly FramePacket[]): this {
    for (const packet of packets) {
      this.assembly.push(packet);
      this.settle();
    }
    return this;
  }

  /** Gives packets that are due at the same moment. */
  giveTogether(packets: readonly FramePacket[]): this {
    for (const packet of packets) this.assembly.push(packet);
    this.settle();
    return this;
  }

  settle(): void {
    for (let frame = this.assembly.take(); frame; frame = this.assembly.take()) {
      this.shown.push(frame);
    }
  }

  get numbers(): number[] {
    assert.equal(whatIsWrong(this.screen, this.shown), undefined);
    return this.shown.map(({ frameNumber }) => frameNumber - this.screen.frames[0]!.number);
  }
}

const upTo = (end: number, first = 0) =>
  Array.from({ length: end - first }, (_, index) => first + index);
const without = (packets: readonly FramePacket[], ...lost: readonly FramePacket[]) =>
  packets.filter((packet) => !lost.includes(packet));

for (const codec of CODECS) {
  for (const firstSequence of STARTS) {
    for (const firstNumber of FRAME_STARTS) {
      const screen = makeScreen({ codec, count: 40, firstSequence, firstNumber });
      const all = packetsOf(screen);
      const at = `${codec}, from packet ${firstSequence} and frame ${firstNumber}`;

      Deno.test(`frames come out as they were sent: ${at}`, () => {
        const giver = new Giver(screen).give(all);
        assert.deepEqual(giver.numbers, upTo(40));
        assert.ok(!giver.assembly.isHeld);
        assert.deepEqual(giver.assembly.counts, {
          framesReceived: 40,
          keyFramesReceived: 4,
          framesDropped: 0,
        });
      });

      Deno.test(`a lost packet holds the picture until the next key frame: ${at}`, () => {
        const lost = screen.frames[14]!.packets.at(-1)!;
        const giver = new Giver(screen).give(without(all, lost));
        assert.deepEqual(giver.numbers, [...upTo(14), ...upTo(40, 20)]);
        assert.deepEqual(giver.assembly.counts, {
          framesReceived: 39,
          keyFramesReceived: 4,
          framesDropped: 6,
        });
      });

      Deno.test(`a frame lost as a whole holds the picture: ${at}`, () => {
        const giver = new Giver(screen).give(without(all, ...screen.frames[14]!.packets));
        assert.deepEqual(giver.numbers, [...upTo(14), ...upTo(40, 20)]);
        assert.equal(giver.assembly.counts.framesDropped, 6);
      });

      Deno.test(`a packet that comes late lets all follow that waited: ${at}`, () => {
        const [late] = screen.frames[14]!.packets;
        const before = all.filter(({ frameNumber }) => frameNumber < firstNumber + 18);
        const giver = new Giver(screen).give(without(before, late!));
        assert.deepEqual(giver.numbers, upTo(14));
        assert.ok(giver.assembly.isHeld);
        assert.equal(giver.assembly.wantedFrom, late!.sequence);
        giver.give([late!]);
        assert.deepEqual(giver.numbers, upTo(18));
        assert.ok(!giver.assembly.isHeld);
        assert.equal(giver.assembly.counts.framesDropped, 0);
      });
    }
  }

  Deno.test(`a stream is joined at its next key frame: ${codec}`, () => {
    const screen = makeScreen({ codec, count: 40 });
    const giver = new Giver(screen).give(packetsOf(screen).slice(30));
    const { frameNumber } = packetsOf(screen)[30]!;
    assert.deepEqual(giver.numbers, upTo(40, Math.ceil((frameNumber + 1) / 10) * 10));
    assert.equal(giver.assembly.counts.framesDropped, 0, "what was before is not missed");
  });

  Deno.test(`a late joiner gets the past in any order, beside what is sent now: ${codec}`, () => {
    const screen = makeScreen({ codec, count: 30, keyEvery: 100 });
    const all = packetsOf(screen);
    const giver = new Giver(screen);
    assert.ok(giver.assembly.isHeld);
    giver.give(all.slice(40));
    assert.deepEqual(giver.numbers, []);
    giver.give(all.slice(10, 40).reverse()).give(all.slice(1, 10));
    assert.deepEqual(giver.numbers, []);
    giver.give(all.slice(0, 1));
    assert.deepEqual(giver.numbers, upTo(30));
  });
}

Deno.test("a B-frame that is missing holds nothing; a frame lost as a whole might be one to refer to", () => {
  const unreferenced = (place: number) => place % 3 !== 0;
  const sizes = [6000, 9000] as const;
  const screen = makeScreen({ count: 30, keyEvery: 30, unreferenced, sizes, seed: 4 });
  const all = packetsOf(screen);
  const large = screen.frames.filter(({ packets }) => packets.length > 2);
  for (const { number, isReferenced, packets } of large.slice(1)) {
    for (const lost of packets) {
      const giver = new Giver(screen).give(without(all, lost));
      // The last of it and the first of the next one can't be told apart without either's beginning.
      const isCertain = !isReferenced;
      const shown = isCertain ? upTo(30).filter((one) => one !== number) : upTo(number);
      assert.deepEqual(giver.numbers, shown, `${number} without packet ${lost.sequence}`);
    }
    const giver = new Giver(screen).give(without(all, ...packets));
    assert.deepEqual(giver.numbers, upTo(number));
  }
});

Deno.test("an end of a B-frame that is lost together with the next frame's beginning holds the picture", () => {
  const sizes = [6000, 9000] as const;
  const screen = makeScreen({ count: 20, keyEvery: 20, unreferenced: () => true, sizes, seed: 4 });
  const index = screen.frames.findIndex(({ packets }, place) => place > 2 && packets.length > 2);
  const [lost, next] = [screen.frames[index]!, screen.frames[index + 1]!];
  const missing = [lost.packets.at(-1)!, next.packets[0]!];
  const giver = new Giver(screen).give(without(packetsOf(screen), ...missing));
  assert.ok(giver.numbers.length < 20 - 2 || !giver.numbers.includes(index + 1));
  assert.equal(whatIsWrong(screen, giver.shown), undefined);
});

Deno.test("a damaged frame is dropped, and the picture held", () => {
  const screen = makeScreen({ codec: "vp8", count: 30 });
  const damaged = packetsOf(screen).map((packet) =>
    packet.frameNumber === 4 && packet.marker ? { ...packet, payload: new Uint8Array(0) } : packet
  );
  const giver = new Giver(screen).give(damaged);
  assert.deepEqual(giver.numbers, [...upTo(4), ...upTo(30, 10)]);
  assert.equal(giver.assembly.counts.framesDropped, 6);
  assert.deepEqual(giver.assembly.junk, ["malformedPayload"]);
});

Deno.test("forged packets delay the picture at most until the next key frame", () => {
  const screen = makeScreen({ count: 60, firstNumber: 1000 });
  const all = packetsOf(screen);
  const half = all.findIndex(({ frameNumber }) => frameNumber === 1025);
  const forged = [2 ** 31, 3, 1040, 1024].map((frameNumber, index) => ({
    ...all[half]!,
    sequence: all[half]!.sequence + 3 * index,
    frameNumber,
    marker: true,
  }));
  const assembly = new FrameAssembly("h264");
  const shown: number[] = [];
  for (const packet of [...all.slice(0, half), ...forged, ...all.slice(half)]) {
    assembly.push(packet);
    for (let frame = assembly.take(); frame; frame = assembly.take()) {
      shown.push(frame.frameNumber);
    }
  }
  assert.deepEqual(shown.slice(-20), upTo(1060, 1040));
  assert.ok(!assembly.isHeld, "nothing of the forged packets is left");
  assert.equal(assembly.size, 0);
});

Deno.test("what waits behind a gap is bounded; the next key frame goes on", () => {
  const [key, nextKey] = makeScreen({ count: 2, keyEvery: 1 }).frames;
  const [first, inFrame, frames] = [100, 100, 180];
  const small = Array.from({ length: frames * inFrame }, (_, index): FramePacket => ({
    sequence: first + index,
    frameNumber: 1 + Math.floor(index / inFrame),
    ticks: 3000,
    marker: index % inFrame === inFrame - 1,
    payload: Uint8Array.of(0x41, 7),
  }));
  const from = first + small.length - nextKey!.packets[0]!.sequence;
  const last = nextKey!.packets.map((packet) => ({
    ...packet,
    sequence: packet.sequence + from,
    frameNumber: frames + 1,
  }));
  const assembly = new FrameAssembly("h264");
  for (const packet of key!.packets) assembly.push(packet);
  assert.ok(assembly.take());
  let most = 0;
  for (const packet of [...small, ...last]) {
    assembly.push(packet);
    most = Math.max(most, assembly.size);
  }
  assert.equal(most, MAX_PENDING.packets);
  assert.equal(assembly.take()?.frameNumber, frames + 1);
  assert.ok(assembly.junk.length > 0);
  assert.deepEqual(new Set(assembly.junk), new Set(["overflow"]));
  assert.equal(assembly.counts.framesDropped, frames);
  assert.equal(assembly.size, 0);
});

Deno.test("at the end, what could not be shown is dropped", () => {
  const screen = makeScreen({ count: 19, keyEvery: 20 });
  const giver = new Giver(screen).give(without(packetsOf(screen), screen.frames[5]!.packets[0]!));
  assert.equal(giver.assembly.counts.framesDropped, 0);
  giver.assembly.end();
  assert.equal(giver.assembly.counts.framesDropped, 14);
});

Deno.test("whatever is lost, copied and reordered, no frame comes out whose reference is missing", () => {
  fc.assert(
    fc.property(
      fc.record({
        codec: fc.constantFrom(...CODECS),
        seed: fc.integer({ min: 1, max: 1000 }),
        keyEvery: fc.integer({ min: 2, max: 30 }),
        firstSequence: fc.constantFrom(...STARTS),
        firstNumber: fc.constantFrom(...FRAME_STARTS),
        unreferenced: fc.func(fc.boolean()),
      }),
      networkOrder(),
      fc.boolean(),
      (options, order, isTogether) => {
        const screen = makeScreen({ ...options, count: 100 });
        const all = packetsOf(screen);
        const came = order.flatMap((index) => all[index] ?? []);
        const giver = new Giver(screen);
        if (isTogether) giver.giveTogether(came);
        else giver.give(came);
        assert.equal(whatIsWrong(screen, giver.shown), undefined);
        const { framesReceived, framesDropped } = giver.assembly.counts;
        assert.ok(framesReceived >= giver.shown.length);
        const [first, last] = [giver.shown[0], giver.shown.at(-1)];
        if (!first || !last) return;
        const sent = last.frameNumber - first.frameNumber + 1;
        assert.ok(framesDropped >= sent - giver.shown.length);
      },
    ),
    runs(150),
  );
});
