import assert from "node:assert/strict";
import fc from "fast-check";
import { PastFetcher } from "../../../../client/receiving/past/past_fetcher.ts";
import { PAST_FRAGMENT_BYTES } from "../../../../shared/rtcp/past_messages.ts";
import { lengthOf, runs } from "../../../runs.ts";
import { blockAt, PastScene, type SceneOptions, VERIFIER } from "./past_scene.ts";

const counts = (length: number, first = 1) => Array.from({ length }, (_, index) => first + index);

function bad(loss: number, seed: number): SceneOptions {
  const path = { loss, duplicate: 0.02, reorder: 0.02, reorderMillis: 15, delayMillis: 10 };
  return { up: { ...path, seed }, down: { ...path, seed: seed + 1 } };
}

/** Runs until all are there, in order and once, and nothing more is asked for. */
function assertFetched(scene: PastScene, length: number, first = 1): void {
  assert(scene.runUntil(() => scene.fetcher.isIdle), `${scene.counts.length} came`);
  assert.deepEqual(scene.counts, counts(length, first));
  assert.deepEqual(scene.junk, []);
  assert.equal(scene.fetcher.deadline, Infinity);
  assert.equal(scene.fetcher.openCount, 0);
}

for (const [loss, length] of [[0, 6400], [0.05, 40_000], [0.3, 40_000]] as const) {
  Deno.test(`${length} events come in order, once, at ${loss * 100} % loss both ways`, () => {
    const scene = new PastScene(bad(loss, 7));
    scene.fill(length);
    assert(scene.fetcher.want(1, length));
    assertFetched(scene, length);
    assert(scene.mostOpen <= 96, `${scene.mostOpen} blocks in memory`);
    assert(scene.largestWindow <= 256);
  });
}

const MANY = lengthOf({ short: 64_000, long: 200_000 });

Deno.test(`many events, ${MANY}, come in order, once, at 5 % loss both ways`, () => {
  const scene = new PastScene(bad(0.05, 3));
  scene.fill(MANY);
  assert(scene.fetcher.want(1, MANY));
  assertFetched(scene, MANY);
  assert(scene.mostOpen <= 96, `${scene.mostOpen} blocks in memory`);
});

Deno.test("100 000 events take less than 20 s at 5 % loss and 20 ms round trip, 10 s without loss", () => {
  for (const [loss, seconds] of [[0.05, 20], [0, 10]] as const) {
    const path = { loss, delayMillis: 10 };
    const scene = new PastScene({ up: { ...path, seed: 5 }, down: { ...path, seed: 6 } });
    scene.fill(99_968);
    scene.fetcher.want(1, 99_968);
    assertFetched(scene, 99_968);
    assert(scene.elapsed < seconds * 1000, `took ${scene.elapsed} ms at a loss of ${loss}`);
  }
});

Deno.test("ranges may begin anywhere, come in any order and overlap; whole blocks come, lower ones first", () => {
  const scene = new PastScene(bad(0.1, 5));
  scene.fill(1280);
  scene.fetcher.want(1000, 1024);
  scene.fetcher.want(130, 260);
  scene.fetcher.want(200, 200);
  assert(scene.runUntil(() => scene.fetcher.isIdle));
  assert.deepEqual(scene.counts, [...counts(192, 129), ...counts(64, 961)]);
});

Deno.test("a block that the host lacks is probed less and less, holds up only what is behind it, and comes when it is there", () => {
  const scene = new PastScene(bad(0, 9));
  scene.fill(1280, [641]);
  scene.fetcher.want(1, 1280);
  assert(!scene.runUntil(() => scene.fetcher.isIdle, scene.now + 10_000));
  assert.deepEqual(scene.counts, counts(640));
  const before = scene.paths.up.offered;
  scene.run(30_000);
  const probes = scene.paths.up.offered - before;
  assert(probes >= 5 && probes <= 30, `${probes} probes in 30 s`);
  scene.store.put(641, blockAt(641));
  assert(scene.runUntil(() => scene.fetcher.isIdle, scene.now + 6000));
  assert.deepEqual(scene.counts, counts(1280));
});

Deno.test("a host that restarts, and a network that is cut for 20 s, hold it up for no longer", () => {
  const scene = new PastScene(bad(0.05, 11));
  scene.fill(6400);
  scene.fetcher.want(1, 6400);
  scene.runUntil(() => scene.counts.length > 1000);
  scene.isCut = true;
  scene.run(20_000);
  scene.restartHost();
  scene.isCut = false;
  const before = scene.now;
  assertFetched(scene, 6400);
  assert(scene.now - before < 10_000, `${scene.now - before} ms after the cut`);
});

Deno.test("a forged, foreign or torn block is counted and asked for again", () => {
  const forged = new Set<number>();
  const scene = new PastScene({
    ...bad(0.02, 13),
    forge(answer) {
      if (answer.firstCount % 512 !== 1 || answer.index !== 1) return undefined;
      if (forged.has(answer.firstCount)) return undefined;
      forged.add(answer.firstCount);
      return { ...answer, bytes: answer.bytes.map((byte) => byte ^ 1) };
    },
  });
  scene.fill(1280);
  scene.fetcher.want(1, 1280);
  assert(scene.runUntil(() => scene.fetcher.isIdle));
  assert.deepEqual(scene.counts, counts(1280));
  assert(scene.junk.length >= 1 && scene.junk.length <= forged.size, `${scene.junk}`);
  assert(scene.junk.every((name) => name === "unsigned"));
});

Deno.test("a signed block in another's place, and a count of fragments that changes, are junk", () => {
  const junk: string[] = [];
  const verified: [number, Uint8Array][] = [];
  const fetcher = new PastFetcher({
    verifier: VERIFIER,
    onJunk: (name) => junk.push(name),
    onBlock: (firstCount, block) => verified.push([firstCount, block]),
  });
  fetcher.want(1, 64);
  fetcher.poll(1, 0);
  const head = { type: "pastFragment", ssrc: 9, listenerSsrc: 1, firstCount: 1 } as const;
  const give = (block: Uint8Array, now: number, fragmentCount?: number) => {
    const count = Math.ceil(block.length / PAST_FRAGMENT_BYTES);
    for (let index = 0; index < count; index++) {
      const bytes = block.slice(index * PAST_FRAGMENT_BYTES, (index + 1) * PAST_FRAGMENT_BYTES);
      const shown = index === 1 ? fragmentCount ?? count : count;
      fetcher.onFragment({ ...head, index, fragmentCount: shown, bytes }, now);
    }
  };
  give(blockAt(65), 10);
  assert.deepEqual([junk, fetcher.take()], [["malformedBlock"], undefined]);
  give(blockAt(1), 20, 60);
  assert.equal(junk.length, 2);
  give(blockAt(1), 30);
  give(blockAt(1), 40);
  assert.equal(fetcher.take()!.length, 64);
  assert.deepEqual(verified, [[1, blockAt(1)]]);
  assert(fetcher.isIdle);
});

Deno.test("the window doubles without loss up to 256, and halves at most once a round trip", () => {
  const scene = new PastScene({ up: { delayMillis: 100 }, down: { delayMillis: 100 } });
  scene.fill(100_000);
  scene.fetcher.want(1, 100_000);
  assert.equal(scene.fetcher.windowSize, 8);
  scene.run(450);
  assert(scene.fetcher.windowSize >= 16, `${scene.fetcher.windowSize}`);
  scene.run(3000);
  assert.equal(scene.fetcher.windowSize, 256);
  scene.isCut = true;
  scene.run(50);
  scene.isCut = false;
  scene.run(600);
  const { windowSize } = scene.fetcher;
  assert(windowSize >= 128 && windowSize < 256, `${windowSize}`);
});

Deno.test("what is wanted is bounded", () => {
  const fetcher = new PastFetcher({ verifier: undefined, onJunk: () => {} });
  assert(fetcher.want(1, 4096 * 64));
  assert(!fetcher.want(1, 4096 * 64 + 1));
  assert(fetcher.want(1, 1000));
});

Deno.test("whatever fragments come, it neither throws nor gives out what is not the host's", () => {
  const fragment = fc.record({
    type: fc.constant("pastFragment" as const),
    ssrc: fc.constant(9),
    listenerSsrc: fc.constant(1),
    firstCount: fc.constantFrom(1, 65, 66, 129, 2 ** 40),
    index: fc.nat(63),
    fragmentCount: fc.integer({ min: 1, max: 64 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fragment, fc.nat(400)), { maxLength: 200 }), (given) => {
      const fetcher = new PastFetcher({ verifier: VERIFIER, onJunk: () => {} });
      fetcher.want(1, 300);
      let now = 0;
      for (const [each, wait] of given) {
        for (let left = 50; left > 0 && fetcher.poll(1, now).length > 0; left--);
        fetcher.onFragment(
          { ...each, fragmentCount: Math.max(each.fragmentCount, each.index + 1) },
          now,
        );
        assert.equal(fetcher.take(), undefined);
        now += wait;
      }
      assert(fetcher.openCount <= 96);
    }),
    runs(100),
  );
});
