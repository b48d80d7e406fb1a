import assert from "node:assert/strict";
import fc from "fast-check";
import type { EncodedPicture } from "../../server/origin/screen/picture.ts";
import { SequenceUnwrapper } from "../../shared/core/seq.ts";
import { H264Unpacker } from "../../shared/media/video/rtp_h264.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import { runs } from "../runs.ts";
import { Guest, Stage } from "../server/kit.ts";
import { SCREEN } from "../server/screens.ts";
import { keySlice, slice } from "../shared/media/video/frames.ts";

const GUESTS = 4;

type Step =
  | { readonly do: "picture"; readonly bytes: number; readonly step: number; readonly what: number }
  | { readonly do: "wait"; readonly millis: number; readonly lateness: number }
  | { readonly do: "join" | "leave" | "pli"; readonly guest: number }
  | { readonly do: "nack"; readonly guest: number; readonly back: number; readonly count: number }
  | { readonly do: "restart" };

const guest = fc.nat(GUESTS - 1);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("picture" as const),
      bytes: fc.oneof(fc.nat(3000), fc.nat(100_000)),
      step: fc.oneof(fc.constant(3000), fc.integer({ min: -9000, max: 20_000 })),
      what: fc.nat(99),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      millis: fc.nat(400),
      lateness: fc.constantFrom(0, 0, 3, 70),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("join", "leave", "pli"), guest }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("nack" as const),
      guest,
      back: fc.nat(300),
      count: fc.nat(60),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

/** What one listener got of one stream, checked as it came. */
class Received {
  readonly #unwrapper: SequenceUnwrapper;
  readonly #unpacker = new H264Unpacker();
  #next: number;

  constructor(nextSequence: number) {
    this.#next = nextSequence;
    this.#unwrapper = new SequenceUnwrapper(nextSequence);
  }

  /** Nothing is lost here, so each packet is the next one, and each frame is whole. */
  take({ sequenceNumber, frameNumber, timestamp, marker, payload }: RtpPacket): void {
    const sequence = this.#unwrapper.unwrap(sequenceNumber);
    assert.equal(sequence, this.#next++);
    const packet = { sequence, frameNumber: frameNumber!, ticks: timestamp, marker, payload };
    const { lost, junk } = this.#unpacker.push(packet);
    assert.equal(junk, undefined);
    assert(lost <= 1, "only the frame in whose middle it joined");
  }
}

class Model {
  readonly stage = new Stage({ screen: SCREEN, screenStaysOpen: true, sequenceStart: 65_000 });
  readonly guests = Array.from({ length: GUESTS }, () => new Guest(this.stage));
  readonly #streams = new Map<string, Received>();
  #ticks = 0;

  take(step: Step): void {
    const { stage } = this;
    switch (step.do) {
      case "picture":
        return this.#push(step);
      case "wait":
        stage.run(step.millis, () => step.lateness);
        return this.#check();
      case "restart":
        if (stage.core.screenId === undefined) return;
        stage.tell((core) => core.endChannel(core.screenId!, stage.now)).run(1500);
        this.#check();
        stage.tell((core) => core.openScreen(SCREEN, stage.now));
        return;
      default:
        this.#act(step, this.guests[step.guest]!);
    }
  }

  #push({ bytes, step, what }: Extract<Step, { do: "picture" }>): void {
    this.#ticks += step;
    const isKey = what < 20;
    const unit = isKey ? keySlice(bytes + 2, what) : slice(bytes + 2, what);
    const common = { ticks: this.#ticks, isKey, gapBefore: what === 50 };
    const picture: EncodedPicture = { ...common, nalUnits: [unit] };
    if (this.stage.core.screenBacklog < 5000) {
      this.stage.tell((core) => core.pushPicture(picture, this.stage.now));
    }
  }

  #act(step: Extract<Step, { guest: number }>, guest: Guest): void {
    this.#check();
    const { info } = guest;
    if (step.do === "join" && !info) return void guest.join();
    if (!info) return;
    const ssrc = info.listenerSsrc;
    if (step.do === "leave") {
      guest.leave();
      this.guests[this.guests.indexOf(guest)] = new Guest(this.stage);
    }
    for (const { ssrc: mediaSsrc, nextSequence } of info.channels) {
      if (step.do === "pli") guest.report({ type: "pictureLossIndication", ssrc, mediaSsrc });
      if (step.do !== "nack") continue;
      const first = (nextSequence as number) + 100 - step.back;
      const sequences = Array.from({ length: step.count }, (_, index) => first + index)
        .filter((sequence) => sequence >= 0);
      guest.report({ type: "nack", ssrc, mediaSsrc, sequences });
    }
  }

  /** Each listener got each packet of each stream once, in order, from the first that it was told of. */
  #check(): void {
    for (const [index, guest] of this.guests.entries()) {
      if (!guest.info) continue;
      guest.report();
      const told = [
        ...guest.info.channels,
        ...guest.messages.flatMap((one) => one.type === "channel-started" ? [one.numbers] : []),
      ];
      for (const packet of guest.rtp.splice(0)) {
        const numbers = told.find(({ ssrc }) => ssrc === packet.ssrc);
        if (!numbers) continue;
        const key = `${index} ${guest.info.listenerSsrc} ${packet.ssrc}`;
        const received = this.#streams.get(key) ?? new Received(numbers.nextSequence as number);
        this.#streams.set(key, received);
        received.take(packet);
      }
    }
  }
}

Deno.test("in any order of pictures, joins, requests and waits, everybody gets all packets once and whole", () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 5, maxLength: 80 }), (script) => {
      const model = new Model();
      for (const step of script) model.take(step);
      const { stage } = model;
      stage.run(3000);
      model.take({ do: "wait", millis: 0, lateness: 0 });
      stage.tell((core) => core.shutdown("test", stage.now)).run(8000);
      assert.equal(stage.core.isFinished, true);
      const { channels, overflowed, junk } = stage.core.stats();
      assert.equal(overflowed, 0);
      assert(channels.every(({ packetCount }) => packetCount >= 0));
      assert.deepEqual(Object.keys(junk).filter((name) => name === "misplacedItem"), []);
    }),
    runs(60),
  );
});
