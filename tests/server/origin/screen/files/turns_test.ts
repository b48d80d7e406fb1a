import assert from "node:assert/strict";
import { Turns } from "../../../../../server/origin/screen/files/turns.ts";

interface FakeTurn {
  readonly name: number;
  readonly over: PromiseWithResolvers<void>;
}

function fakeTurn(name: number): FakeTurn {
  return { name, over: Promise.withResolvers() };
}

/** @param last the number of the last turn. */
function begun(last = Infinity): Turns<FakeTurn> {
  const turns = new Turns<FakeTurn>(async ({ name, over }) => {
    await over.promise;
    return name < last ? fakeTurn(name + 1) : undefined;
  });
  turns.begin(fakeTurn(0));
  return turns;
}

Deno.test("two readers get the same turns, each opened once, after both are through with the one before", async () => {
  const turns = begun();
  const first = await turns.open(0);
  assert.equal(first, await turns.open(0));
  const next = turns.open(1);
  const isOpen = () => Promise.race([next.then(() => true), Promise.resolve(false)]);
  for (let step = 0; step < 10; step++) assert.equal(await isOpen(), false);
  first!.over.resolve();
  assert.equal((await next)!.name, 1);
  assert.equal(await next, await turns.open(1));
});

Deno.test("however many turns there are, no more than two are kept", async () => {
  const turns = begun();
  for (let index = 0; index < 1000; index++) {
    const turn = await turns.open(index);
    assert.equal(turn!.name, index);
    assert(turns.kept.length <= 2);
    turn!.over.resolve();
  }
  assert.equal(turns.get(0), undefined);
});

Deno.test("behind the last turn there is none, for either reader and at each number", async () => {
  const turns = begun(1);
  for (const index of [0, 1]) (await turns.open(index))!.over.resolve();
  for (const index of [2, 2, 3]) assert.equal(await turns.open(index), undefined);
});
