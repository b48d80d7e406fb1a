import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../client/io/node_ciphers.ts";
import { ListenerSecrecy } from "../../client/secrecy.ts";
import { EpochKeys } from "../../server/epoch_keys.ts";
import type { Millis } from "../../shared/core/units.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { serializeRtp } from "../../shared/wire/rtp.ts";
import { runs } from "../runs.ts";

const START: Millis = 1_763_600_000_000;
const SSRC = 0xabcd_ef01;
/** A key is used at the latest a second after it is first told, give or take a large audience. */
const SWITCHED_WITHIN: Millis = 1200;

class Holder {
  hasLeft = false;
  leftAt: Millis = Infinity;
  wasPutOut = false;

  constructor(readonly secrecy: ListenerSecrecy, readonly joinedAt: Millis) {}
}

/** The keys of a broadcast, those who hold them, and a network that may swallow any message. */
class Scene {
  now = START;
  readonly keys: EpochKeys<Holder>;
  readonly holders: Holder[] = [];
  readonly #rng: SeededRng;
  #loss = 0;
  #lossyUntil: Millis = START;
  #index = 65_000;

  constructor(seed: number) {
    this.#rng = new SeededRng(seed);
    this.keys = new EpochKeys(nodeCiphers, this.#rng, START);
  }

  get present(): Holder[] {
    return this.holders.filter(({ hasLeft }) => !hasLeft);
  }

  join(): void {
    const epochs = this.keys.all.map(({ epoch, key }) => ({ epoch, key }));
    const [answer, control] = [this.#rng.bytes(16), this.#rng.bytes(56)];
    const secrets = { encapsulated: this.#rng.bytes(32), answer, control };
    const info = { signingKey: this.#rng.bytes(32), epochs };
    this.holders.push(new Holder(new ListenerSecrecy(nodeCiphers, info, secrets), this.now));
  }

  go(pick: number, isPutOut: boolean): void {
    const holder = this.present[pick];
    if (!holder) return;
    holder.hasLeft = true;
    holder.leftAt = this.now;
    holder.wasPutOut = isPutOut;
    if (isPutOut) this.keys.onPutOut(this.now);
    else this.keys.onDeparture(this.present.length, this.now);
  }

  run(millis: Millis, loss = 0): void {
    const end = this.now + millis;
    this.#loss = loss;
    if (loss > 0) this.#lossyUntil = end;
    for (let turns = 0; this.keys.deadline <= end; turns++) {
      assert.ok(turns < 10_000, "a deadline that is past stays past");
      this.now = Math.max(this.now, this.keys.deadline);
      for (const { to, epoch } of this.keys.poll(this.present, this.now)) {
        assert.equal(to.hasLeft, false, "a key is told to somebody who left");
        if (this.#rng.float() < this.#loss) continue;
        to.secrecy.addEpoch(epoch.epoch, epoch.key);
        if (this.#rng.float() >= this.#loss) this.keys.onAcknowledged(to, epoch.epoch);
      }
    }
    this.now = end;
  }

  /** Seals a packet and shows it to everybody who ever was there. */
  send(): void {
    const index = this.#index++;
    const payload = Uint8Array.of(index >> 8, index);
    const fields = { payloadType: 14, ssrc: SSRC, timestamp: index, marker: false, payload };
    const packet = serializeRtp({ ...fields, sequenceNumber: index % 65_536 });
    const sealed = this.keys.current.rtp.protect(packet, index);
    for (const holder of this.holders) this.#show(holder, sealed, packet, index);
  }

  #show(holder: Holder, sealed: Uint8Array, packet: Uint8Array, index: number): void {
    const opened = holder.secrecy.openMedia(sealed, index, this.now);
    if (opened.ok) assert.deepEqual(opened.value, packet);
    const isOverdue = this.now - holder.leftAt > SWITCHED_WITHIN;
    if (holder.wasPutOut && isOverdue) assert.ok(!opened.ok, "opened by somebody who was put out");
    if (holder.hasLeft) return;
    // A key that the network swallowed costs packets, which are sent again under the next one.
    if (this.now - this.#lossyUntil > SWITCHED_WITHIN) assert.ok(opened.ok, "the key never came");
  }
}

type Deed = (scene: Scene) => void;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.constant<Deed>((scene) => void (scene.holders.length < 12 && scene.join())),
  fc.tuple(fc.nat(5), fc.boolean()).map(([pick, isPutOut]): Deed => (scene) =>
    scene.go(pick, isPutOut)
  ),
  fc.nat(2000).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(700_000).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(900).map((millis): Deed => (scene) => scene.run(millis, 0.5)),
  fc.constant<Deed>((scene) => scene.send()),
);

Deno.test("whoever comes, goes, is put out or misses a key: who is in can listen, who was put out can't", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 80, size: "large" }), fc.nat(), (deeds, seed) => {
      const scene = new Scene(seed);
      scene.join();
      for (const act of deeds) {
        act(scene);
        scene.send();
      }
    }),
    runs(40),
  );
});
