import assert from "node:assert/strict";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { EpochKeys, type KeyHolder } from "../../../../server/edge/sessions/epoch_keys.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { START } from "../../kit.ts";

class Holder implements KeyHolder {
  hasLeft = false;
  readonly told: { readonly at: number; readonly epoch: number }[] = [];
}

/** Keys for this many holders, driven by their deadlines. */
class Scene {
  now = START;
  readonly keys = new EpochKeys<Holder>(nodeCiphers, new SeededRng(1), START);
  readonly holders: Holder[];

  constructor(
    count: number,
    readonly acknowledges: (holder: Holder, epoch: number) => boolean = () => true,
  ) {
    this.holders = Array.from({ length: count }, () => new Holder());
  }

  get present(): Holder[] {
    return this.holders.filter(({ hasLeft }) => !hasLeft);
  }

  run(millis: number): this {
    const end = this.now + millis;
    for (let turns = 0; this.keys.deadline <= end; turns++) {
      assert.ok(turns < 100_000, "a deadline that is past stays past");
      this.now = Math.max(this.now, this.keys.deadline);
      for (const holder of this.holders) if (holder.hasLeft) this.keys.forget(holder);
      for (const { to, epochs } of this.keys.poll(() => this.present, this.now)) {
        for (const { epoch } of epochs) {
          to.told.push({ at: this.now - START, epoch });
          if (this.acknowledges(to, epoch)) this.keys.onAcknowledged(to, epoch);
        }
      }
    }
    this.now = end;
    return this;
  }

  putOut(holder: Holder): this {
    holder.hasLeft = true;
    this.keys.onPutOut(this.now);
    return this;
  }

  /** The keys that `holder` is sent within `millis`, in order and each once. */
  hears(holder: Holder, millis: number): number[] {
    const { length } = holder.told;
    this.run(millis);
    return [...new Set(holder.told.slice(length).map(({ epoch }) => epoch))];
  }

  get current(): number {
    return this.keys.current.epoch;
  }
}

Deno.test("a key is used for ten minutes, and no two are alike", () => {
  const scene = new Scene(2);
  const first = scene.keys.current.key;
  assert.equal(scene.run(599_999).current, 1);
  assert.equal(scene.run(1000).current, 2);
  assert.equal(scene.run(600_000).current, 3);
  assert.notDeepEqual(scene.keys.current.key, first);
  assert.deepEqual(scene.holders[0]!.told.map(({ epoch }) => epoch), [2, 3]);
});

Deno.test("the next key is used once all have it, and a listener that joins meanwhile gets it too", () => {
  const scene = new Scene(3, () => false);
  scene.keys.onPutOut(START);
  scene.run(500);
  assert.equal(scene.current, 1);
  assert.deepEqual(scene.keys.all.map(({ epoch }) => epoch), [1, 2]);
  scene.keys.onAcknowledged(scene.holders[0]!, 2);
  scene.keys.onAcknowledged(scene.holders[1]!, 2);
  // An acknowledgement of an older key has no effect.
  scene.keys.onAcknowledged(scene.holders[2]!, 1);
  assert.equal(scene.run(250).current, 1);
  scene.keys.onAcknowledged(scene.holders[2]!, 2);
  assert.equal(scene.run(250).current, 2);
  assert.deepEqual(scene.keys.all.map(({ epoch }) => epoch), [2]);
});

Deno.test("the switch waits a second for a listener without answer, which is then sent the key until it answers or leaves", () => {
  const scene = new Scene(2, () => false);
  scene.keys.onPutOut(START);
  scene.run(999);
  assert.equal(scene.current, 1);
  scene.run(10);
  assert.equal(scene.current, 2);
  const [deaf, gone] = scene.holders;
  gone!.hasLeft = true;
  scene.run(5000);
  assert.ok(deaf!.told.length >= 20 && gone!.told.length <= 6);
  scene.keys.onAcknowledged(deaf!, 2);
  const { length } = deaf!.told;
  scene.run(5000);
  assert.equal(deaf!.told.length, length);
});

Deno.test("without listeners a key changes at once", () => {
  const scene = new Scene(0);
  scene.keys.onPutOut(START);
  assert.equal(scene.run(0).current, 2);
});

Deno.test("a listener that is put out while it is sent a key never sees that key in use", () => {
  const scene = new Scene(2, () => false);
  scene.keys.onPutOut(START);
  scene.run(300);
  const told = scene.holders[1]!;
  told.hasLeft = true;
  scene.keys.onPutOut(scene.now);
  scene.run(2000);
  assert.equal(scene.current, 3);
  assert.ok(told.told.every(({ epoch }) => epoch === 2));
});

Deno.test("listeners that leave by themselves share a change, which a crowd delays longer", () => {
  const few = new Scene(10);
  for (let index = 0; index < 5; index++) few.run(150).keys.onDeparture(10, few.now);
  assert.equal(few.run(5000).current, 2);
  const many = new Scene(0);
  many.keys.onDeparture(6000, START);
  assert.equal(many.run(59_000).current, 1);
  assert.equal(many.run(2000).current, 2);
});

Deno.test("a crowd is sent its keys in batches, within a second or two", () => {
  const scene = new Scene(2000);
  scene.keys.onPutOut(START);
  scene.run(2000);
  const times = scene.holders.flatMap(({ told }) => told.map(({ at }) => at));
  assert.equal(times.length, 2000);
  const bits = Map.groupBy(times, (at) => at);
  assert.deepEqual([...bits.values()].map(({ length }) => length), new Array(20).fill(100));
  assert.equal(scene.current, 2);
  assert.ok(Math.max(...times) <= 200);
});

Deno.test("repeated put-outs while one listener is silent do not delay the switch", () => {
  const scene = new Scene(10, () => false);
  scene.run(5000);
  for (let count = 0; count < 8; count++) {
    scene.holders[count]!.hasLeft = true;
    scene.keys.onPutOut(scene.now);
    scene.run(200);
  }
  assert.ok(scene.current > 1, "the first of them still has the key in use");
});

Deno.test("a listener without the current key is sent it with the next one, each until it is acknowledged", () => {
  const said = new Set<number>();
  const scene: Scene = new Scene(
    4,
    (holder, epoch): boolean => holder !== scene.holders[0] || said.has(epoch),
  );
  const [deaf, , second, third] = scene.holders;
  scene.putOut(second!).run(1500);
  assert.equal(scene.current, 2);
  assert.deepEqual(scene.putOut(third!).hears(deaf!, 500), [2, 3]);
  said.add(2);
  // What it says now it has been told before: the acknowledgements were what got lost.
  scene.keys.onAcknowledged(deaf!, 2);
  assert.deepEqual(scene.hears(deaf!, 2000), [3]);
  assert.equal(scene.current, 3);
  scene.keys.onAcknowledged(deaf!, 3);
  assert.deepEqual(scene.hears(deaf!, 5000), []);
});

Deno.test("the next key may be acknowledged before the current one, which is still sent", () => {
  const scene = new Scene(3, () => false);
  const [deaf, other, gone] = scene.holders;
  scene.keys.onPutOut(START);
  scene.run(1500).putOut(gone!).run(10);
  scene.keys.onAcknowledged(deaf!, 3);
  assert.deepEqual(scene.hears(deaf!, 500), [2]);
  assert.deepEqual(scene.hears(other!, 300), [2, 3]);
  // Out of use, it is of no use to anybody.
  assert.deepEqual([scene.hears(deaf!, 2000), scene.current], [[], 3]);
});

Deno.test("with three put-outs in a row a key that was replaced before its use is not sent any more", () => {
  const scene = new Scene(5, () => false);
  const [deaf, ...gone] = scene.holders;
  scene.putOut(gone[0]!).run(1100);
  assert.equal(scene.current, 2);
  assert.deepEqual(scene.putOut(gone[1]!).hears(deaf!, 240), [2, 3]);
  assert.deepEqual(scene.putOut(gone[2]!).hears(deaf!, 240), [2, 4]);
  assert.deepEqual(scene.putOut(gone[3]!).hears(deaf!, 240), [2, 5]);
  // The switch waits no longer than it would for the first of the three.
  assert.deepEqual(scene.hears(deaf!, 500), [2, 5]);
  assert.equal(scene.current, 5);
  assert.deepEqual(scene.hears(deaf!, 5000), [5]);
  assert.deepEqual(gone.map(({ told }) => told.at(-1)?.epoch), [undefined, 2, 3, 4]);
});

Deno.test("a listener that leaves while it is sent both keys is sent neither any more", () => {
  const scene = new Scene(3, () => false);
  const [gone, other, third] = scene.holders;
  scene.putOut(third!).run(1100);
  scene.keys.onPutOut(scene.now);
  assert.deepEqual(scene.hears(gone!, 300), [2, 3]);
  gone!.hasLeft = true;
  assert.deepEqual(scene.hears(other!, 3000), [2, 3]);
  assert.ok(gone!.told.at(-1)!.at <= 1400);
});

Deno.test("a listener that joins while a key is sent has both, and is sent later ones", () => {
  const scene = new Scene(1, () => false);
  scene.keys.onPutOut(START);
  scene.run(500);
  const late = new Holder();
  scene.holders.push(late);
  assert.deepEqual(scene.hears(late, 2000), []);
  scene.keys.onPutOut(scene.now);
  assert.deepEqual(scene.hears(late, 500), [3]);
  assert.deepEqual(scene.hears(scene.holders[0]!, 300), [2, 3]);
});

Deno.test("in a crowd each listener is sent its keys, however fast they change, and at most a hundred in 10 ms are", () => {
  const scene = new Scene(2000, () => false);
  for (let count = 0; count < 20; count++) scene.putOut(scene.holders[count]!).run(45);
  assert.ok(scene.present.every(({ told }) => told.length >= 3), "somebody was left out");
  const tellings = new Set(scene.holders.flatMap(({ told }) => told.map(({ at }) => at)));
  for (const from of tellings) {
    const isNear = ({ at }: { at: number }) => at >= from && at < from + 10;
    const told = scene.holders.filter((holder) => holder.told.some(isNear));
    assert.ok(told.length <= 100, `${told.length} at ${from}`);
  }
});
