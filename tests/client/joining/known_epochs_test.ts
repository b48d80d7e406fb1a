import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { KnownEpochs } from "../../../client/joining/known_epochs.ts";
import { GroupEpoch, keyIdOfEpoch } from "../../../shared/secrecy/group_epoch.ts";
import { T0 } from "../starts.ts";

function epoch(number: number): GroupEpoch {
  return new GroupEpoch(nodeCiphers, number, new Uint8Array(28).fill(number));
}

/** A `KnownEpochs` with those epochs. */
function knowing(...numbers: number[]): KnownEpochs {
  const known = new KnownEpochs();
  for (const number of numbers) known.add(epoch(number));
  return known;
}

/** The epochs up to 9 whose keys are valid. */
function good(known: KnownEpochs, now: number): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((number) => known.find(number, now)?.epoch === number);
}

Deno.test("a key is valid until 5 s after the first use of a newer one, however often that is used", () => {
  const known = knowing(1, 2);
  known.use(epoch(1), T0);
  assert.deepEqual(good(known, T0 + 60_000), [1, 2]);
  known.use(epoch(2), T0 + 60_000);
  known.use(epoch(2), T0 + 64_000);
  assert.deepEqual(good(known, T0 + 64_999), [1, 2]);
  assert.deepEqual(good(known, T0 + 65_000), [2]);
});

Deno.test("an older key that comes late is valid no longer than if it had come in time", () => {
  const known = knowing(1, 4);
  known.use(epoch(4), T0);
  assert.equal(known.add(epoch(3)), true);
  assert.equal(known.add(epoch(3)), false, "twice");
  assert.deepEqual(good(known, T0 + 4999), [1, 3, 4]);
  assert.deepEqual(good(known, T0 + 5000), [4]);
  known.add(epoch(2));
  assert.deepEqual(good(known, T0 + 6000), [4]);
  // A key that has been dropped does not make another valid again.
  known.add(epoch(5));
  known.use(epoch(5), T0 + 7000);
  known.add(epoch(3));
  assert.deepEqual(good(known, T0 + 7000), [4, 5]);
});

Deno.test("of two keys with the same id the newer one counts", () => {
  const known = knowing(300);
  assert.equal(known.add(epoch(45)), false);
  assert.equal(known.find(keyIdOfEpoch(300), T0)?.epoch, 300);
  assert.equal(known.add(epoch(555)), true);
  assert.equal(known.find(keyIdOfEpoch(300), T0)?.epoch, 555);
});

Deno.test("a packet sealed with one of the next keys is kept, also when the key ids wrap", () => {
  for (const newest of [1, 200, 250, 255, 256, 509]) {
    const known = knowing(newest);
    for (const ahead of [1, 5, 32]) {
      assert.ok(known.mayCome(keyIdOfEpoch(newest + ahead)), `${ahead} ahead of ${newest}`);
    }
    assert.equal(known.mayCome(keyIdOfEpoch(newest)), false);
    assert.equal(known.mayCome(keyIdOfEpoch(newest + 33)), false);
  }
});
