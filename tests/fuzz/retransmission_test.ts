import assert from "node:assert/strict";
import fc from "fast-check";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../shared/rtp/rtx.ts";
import { SEQUENCE_STARTS } from "../loopback/scenario.ts";
import { goal, Guest, MP3, Stage } from "../server/kit.ts";
import { runs } from "../runs.ts";

const GUESTS = 7;
/** The burst of retransmissions, and the bytes granted per byte of sound sent after it. */
const BURST_BYTES = 96_000;
const SHARE_OF_SOUND = 0.5;
/** The rate of the budget for retransmitted events. */
const EVENT_BYTES_PER_MILLI = 32;
/** Of the burst, what each listener has for itself, and all together. */
const SURE_BYTES = 24_000;
const POOL_BYTES = 480_000;
/** So many times what is granted to one listener is granted to all together. */
const POOL_GRANTS = 8;
/** Copies of one packet to one listener; further ones leave this far apart. */
const MANY_COPIES = 40;
const SELDOM_MILLIS = 100;

/** A running host, guests that send any NACK, and the first transmissions to them. */
class Scene {
  readonly stage: Stage;
  readonly guests: Guest[];
  readonly #originals = new Map<string, { readonly packet: RtpPacket; readonly at: number }>();
  readonly #startedAt: number;
  #frames = 0;
  #soundBytes = 0;
  readonly #againBytes = new Map<Guest, number>();
  /** How often each packet was sent again to each guest. */
  readonly #copies = new Map<string, number>();

  constructor(sequenceStart: number) {
    this.stage = new Stage({ audio: MP3, sequenceStart, waitFor: GUESTS });
    this.guests = Array.from({ length: GUESTS }, () => new Guest(this.stage));
    this.#feed();
    for (const guest of this.guests) guest.join({ latencyMillis: 200 });
    this.#startedAt = this.stage.now;
  }

  run(millis: number): void {
    this.#feed();
    this.stage.run(millis);
    this.#listen();
  }

  event(): void {
    this.stage.tell((core) => core.pushEvent(goal(), this.stage.now));
    this.#listen();
  }

  /**
   * @param back how long before the newest packet the first of `count` is.
   * @param since how long ago the newest packet came, as a receipt says that may be forged; undefined for no receipt.
   */
  ask(
    pick: number,
    channel: "audio" | "events",
    { back, count, since }: { readonly back: number; readonly count: number; since?: number },
  ): void {
    const guest = this.guests[pick % GUESTS]!;
    const { ssrc, sequenceBase } = guest.channel(channel);
    const totals = this.stage.core.stats().channels.find((totals) => totals.ssrc === ssrc)!;
    const newest = sequenceBase + totals.packetCount - 1;
    const sequences = Array.from({ length: count }, (_, index) => newest - back + index)
      .filter((sequence) => sequence >= 0);
    if (sequences.length === 0) return;
    const names = { ssrc: guest.info!.listenerSsrc, mediaSsrc: ssrc };
    const sequence = newest & 0xffff;
    if (since !== undefined) {
      guest.tell(
        { type: "packetReceipt", ...names, sequence, delaySince: since },
        { type: "nack", ...names, sequences },
      );
    } else guest.tell({ type: "nack", ...names, sequences });
    this.#listen();
  }

  #feed(): void {
    if (this.stage.core.audioBacklog > 4000) return;
    this.stage.pushFrames(100, this.#frames);
    this.#frames += 100;
  }

  #listen(): void {
    for (const guest of this.guests) {
      for (const packet of guest.listen().rtp) this.#take(guest, packet);
      guest.rtp.length = 0;
    }
    for (const guest of this.guests) this.#holdToBudget(guest);
    this.#holdAllToBudget();
  }

  #take(guest: Guest, packet: RtpPacket): void {
    for (const channel of guest.info!.channels) {
      const { ssrc, rtx, payloadType } = channel;
      if (packet.ssrc === ssrc) this.#remember(guest, packet, channel.kind === "paced");
      if (packet.ssrc !== rtx?.ssrc) continue;
      const original = unpackRtx(packet, { ssrc, payloadType });
      assert.ok(original.ok);
      const name = `${ssrc} ${original.value.sequenceNumber}`;
      const known = this.#originals.get(name);
      assert.deepEqual(original.value, known?.packet, "sent again as it was never sent");
      this.#countCopy(`${name} ${guest.info!.listenerSsrc}`, known!.at);
      const before = this.#againBytes.get(guest) ?? 0;
      this.#againBytes.set(guest, before + packet.payload.length);
    }
  }

  #countCopy(name: string, sentAt: number): void {
    const copies = (this.#copies.get(name) ?? 0) + 1;
    this.#copies.set(name, copies);
    const most = MANY_COPIES + (this.stage.now - sentAt) / SELDOM_MILLIS;
    assert.ok(copies <= most, `${copies} copies of packet ${name}`);
  }

  #remember(guest: Guest, packet: RtpPacket, isSound: boolean): void {
    const name = `${packet.ssrc} ${packet.sequenceNumber}`;
    const at = this.#originals.get(name)?.at ?? this.stage.now;
    this.#originals.set(name, { packet, at });
    if (isSound && guest === this.guests[0]) this.#soundBytes += packet.payload.length;
  }

  #holdToBudget(guest: Guest): void {
    const again = this.#againBytes.get(guest) ?? 0;
    const elapsed = this.stage.now - this.#startedAt;
    // Its own budget of both channels, and the retransmissions that are sent to all.
    const sound = 2 * (BURST_BYTES + this.#soundBytes * SHARE_OF_SOUND);
    const events = 2 * (BURST_BYTES + elapsed * EVENT_BYTES_PER_MILLI);
    assert.ok(again <= sound + events, `${again} bytes again, of ${this.#soundBytes} of sound`);
  }

  #holdAllToBudget(): void {
    const again = [...this.#againBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const sound = this.#soundBytes * SHARE_OF_SOUND;
    const events = (this.stage.now - this.#startedAt) * EVENT_BYTES_PER_MILLI;
    const own = 2 * GUESTS * SURE_BYTES + GUESTS * (sound + events);
    const pool = 2 * POOL_BYTES + POOL_GRANTS * (sound + events);
    const storms = GUESTS * (2 * BURST_BYTES + sound + events);
    assert.ok(again <= own + pool + storms, `${again} bytes again to all`);
  }
}

const request = fc.record({
  back: fc.integer({ min: -40, max: 200 }),
  count: fc.integer({ min: 1, max: 60 }),
  since: fc.option(fc.oneof(fc.nat(20_000), fc.nat(0xffff_ffff)), { nil: undefined }),
});

type Deed = (scene: Scene) => void;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.nat(60).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(1500).map((millis): Deed => (scene) => scene.run(millis)),
  fc.constant<Deed>((scene) => scene.event()),
  ...(["audio", "events"] as const).map((channel) =>
    fc.tuple(fc.nat(), request).map(([pick, asked]): Deed => (scene) =>
      scene.ask(pick, channel, asked)
    )
  ),
  // All request the same packets, as after a loss before the paths divide.
  fc.nat(20).map((back): Deed => (scene) => {
    for (let pick = 0; pick < GUESTS; pick++) scene.ask(pick, "audio", { back, count: 3 });
  }),
);

Deno.test("whoever requests whatever, only packets that were sent are retransmitted, within the budget", () => {
  fc.assert(
    fc.property(
      fc.array(deed, { maxLength: 80, size: "large" }),
      fc.constantFrom(...SEQUENCE_STARTS),
      (deeds, sequenceStart) => {
        const scene = new Scene(sequenceStart);
        for (const act of deeds) act(scene);
        scene.run(100);
      },
    ),
    runs(60),
  );
});

Deno.test("a listener that requests everything as fast as it can gets no more than its budget", () => {
  const scene = new Scene(65_000);
  for (let round = 0; round < 1000; round++) {
    scene.ask(1, "audio", { back: 50, count: 60, since: round % 2 ? 60_000 : undefined });
    scene.run(10);
  }
  const { unanswered } = scene.stage.core.stats();
  assert.ok(unanswered.overBudget! > 100, `${unanswered.overBudget}`);
});
