import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { ListenerSecrecy } from "../../client/joining/secrecy.ts";
import { EpochKeys } from "../../server/edge/sessions/epoch_keys.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import { type GroupEpoch, keyIdOfEpoch } from "../../shared/secrecy/group_epoch.ts";
import { keyIdOf } from "../../shared/secrecy/srtp.ts";
import type { AcceptKeys } from "../../shared/admission/accept_keys.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";
import { runs } from "../runs.ts";

const START: Millis = 1_763_600_000_000;
const SSRC = 0xabcd_ef01;
/** A key is used within a second after it is first sent, or a bit later with many listeners. */
const SWITCHED_WITHIN: Millis = 1200;
/** The faults of a bad network: it drops messages, and delays others so that later ones overtake them. */
const BAD = { loss: 0.5, delayMillis: 400 };

const MOST_PRESENT = 12;

interface Waiting {
  readonly sealed: Uint8Array;
  readonly packet: Uint8Array;
  readonly index: number;
}

class Holder {
  hasLeft = false;
  leftAt: Millis = Infinity;
  wasPutOut = false;
  /** The keys of an ACCEPT to a new JOIN, which is still under way. */
  accept: AcceptKeys | undefined;
  waiting: Waiting[] = [];

  constructor(public secrecy: ListenerSecrecy) {}

  /** Packets that arrived before their key. */
  openWaiting(now: Millis): void {
    this.waiting = this.waiting.filter(({ sealed, packet, index }) => {
      const opened = this.secrecy.openMedia(sealed, index, now);
      if (opened.ok) assert.deepEqual(opened.value, packet);
      return !opened.ok;
    });
  }
}

interface UnderWay {
  readonly at: Millis;
  readonly arrive: () => void;
}

/** The keys of a broadcast, their holders, and a network that may drop any message. */
class Scene {
  now = START;
  readonly keys: EpochKeys<Holder>;
  readonly holders: Holder[] = [];
  readonly #rng: SeededRng;
  #underWay: UnderWay[] = [];
  #badUntil: Millis = START;
  #index = 65_000;

  constructor(seed: number) {
    this.#rng = new SeededRng(seed);
    this.keys = new EpochKeys(nodeCiphers, this.#rng, START);
  }

  get present(): Holder[] {
    return this.holders.filter(({ hasLeft }) => !hasLeft);
  }

  join(count: number): void {
    for (let index = 0; index < count && this.present.length < MOST_PRESENT; index++) {
      this.holders.push(new Holder(this.#learn(this.#describe())));
    }
  }

  /** Joins again without having left; the answer may be delayed. */
  ask(pick: number): void {
    const holder = this.present[pick];
    if (holder) holder.accept ??= this.#describe();
  }

  answer(pick: number): void {
    const holder = this.present[pick];
    if (!holder?.accept) return;
    holder.secrecy = this.#learn(holder.accept, holder.secrecy);
    holder.accept = undefined;
  }

  go(pick: number, isPutOut: boolean): void {
    const holder = this.present[pick];
    if (!holder) return;
    holder.hasLeft = true;
    holder.leftAt = this.now;
    holder.wasPutOut = isPutOut;
    this.keys.forget(holder);
    if (isPutOut) this.keys.onPutOut(this.now);
    else this.keys.onDeparture(this.present.length, this.now);
  }

  run(millis: Millis, isBad = false): void {
    const end = this.now + millis;
    if (isBad) this.#badUntil = end;
    for (let turns = 0; this.#deadline <= end; turns++) {
      assert.ok(turns < 10_000, "a deadline that is past stays past");
      this.now = Math.max(this.now, this.#deadline);
      this.#deliver();
      this.#tell();
    }
    this.now = end;
  }

  /** Seals a packet, and gives it to all present and former listeners. */
  send(): void {
    const index = this.#index++;
    const payload = Uint8Array.of(index >> 8, index);
    const fields = { payloadType: 14, ssrc: SSRC, timestamp: index, marker: false, payload };
    const packet = serializeRtp({ ...fields, sequenceNumber: index % 65_536 });
    const sealed = this.keys.current.rtp.protect(packet, index);
    for (const holder of this.holders) this.#show(holder, { sealed, packet, index });
  }

  #describe(): AcceptKeys {
    const epochs = this.keys.all.map(({ epoch, key }) => ({ epoch, key }));
    return { signingKey: this.#rng.bytes(32), epochs };
  }

  #learn(accept: AcceptKeys, previous?: ListenerSecrecy): ListenerSecrecy {
    const [answer, control] = [this.#rng.bytes(16), this.#rng.bytes(56)];
    const secrets = { encapsulated: this.#rng.bytes(32), answer, control };
    return new ListenerSecrecy(nodeCiphers, accept, secrets, previous);
  }

  get #deadline(): Millis {
    return Math.min(this.keys.deadline, ...this.#underWay.map(({ at }) => at));
  }

  #tell(): void {
    for (const { to, epochs } of this.keys.poll(() => this.present, this.now)) {
      assert.equal(to.hasLeft, false, "a key is told to somebody who left");
      assert.ok(epochs.length > 0 && epochs.every((epoch) => this.keys.all.includes(epoch)));
      this.#post(() => this.#hear(to, epochs));
    }
  }

  #hear(holder: Holder, epochs: readonly GroupEpoch[]): void {
    for (const { epoch, key } of epochs) {
      holder.secrecy.addEpoch(epoch, key);
      this.#post(() => this.keys.onAcknowledged(holder, epoch));
    }
    holder.openWaiting(this.now);
    const told = epochs.map(({ epoch }) => keyIdOfEpoch(epoch));
    const isForTold = ({ sealed }: Waiting) => told.includes(keyIdOf(sealed)!);
    assert.ok(!holder.waiting.some(isForTold), "the key came, and opens nothing");
  }

  #post(arrive: () => void): void {
    const isBad = this.now < this.#badUntil;
    if (isBad && this.#rng.float() < BAD.loss) return;
    const delay = isBad ? this.#rng.float() * BAD.delayMillis : 0;
    this.#underWay.push({ at: this.now + delay, arrive });
  }

  #deliver(): void {
    const due = this.#underWay.filter(({ at }) => at <= this.now);
    this.#underWay = this.#underWay.filter(({ at }) => at > this.now);
    for (const { arrive } of due.sort((one, other) => one.at - other.at)) arrive();
  }

  #show(holder: Holder, sent: Waiting): void {
    const { sealed, packet, index } = sent;
    const opened = holder.secrecy.openMedia(sealed, index, this.now);
    if (opened.ok) assert.deepEqual(opened.value, packet);
    const isOverdue = this.now - holder.leftAt > SWITCHED_WITHIN;
    if (holder.wasPutOut && isOverdue) assert.ok(!opened.ok, "opened by somebody who was put out");
    if (holder.hasLeft || opened.ok) return;
    // It keeps packets that it cannot open yet, since the key is under way; without loss that is in time.
    assert.ok(holder.secrecy.mayBeOpenedLater(sealed), "lost for good");
    holder.waiting.push(sent);
    assert.ok(this.now - this.#badUntil <= SWITCHED_WITHIN, "the key never came");
  }
}

type Deed = (scene: Scene) => void;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map((count): Deed => (scene) => scene.join(count)),
  fc.tuple(fc.nat(5), fc.boolean()).map(([pick, isPutOut]): Deed => (scene) =>
    scene.go(pick, isPutOut)
  ),
  fc.nat(2000).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(700_000).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(1500).map((millis): Deed => (scene) => scene.run(millis, true)),
  // Listeners are put out in turn on a bad network: keys change while earlier ones are still being sent.
  fc.tuple(fc.nat(5), fc.nat(1500)).map(([pick, millis]): Deed => (scene) => {
    scene.go(pick, true);
    scene.run(millis, true);
  }),
  fc.nat(5).map((pick): Deed => (scene) => scene.ask(pick)),
  fc.nat(5).map((pick): Deed => (scene) => scene.answer(pick)),
  fc.constant<Deed>((scene) => scene.send()),
);

Deno.test("in any order of joins, leaves, removals and lost keys, admitted listeners can listen and removed ones can't", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 80, size: "large" }), fc.nat(), (deeds, seed) => {
      const scene = new Scene(seed);
      scene.join(3);
      for (const act of deeds) {
        act(scene);
        scene.send();
      }
    }),
    runs(250),
  );
});
