import assert from "node:assert/strict";
import type { Change } from "../../../../server/directory/core/broadcasts.ts";
import { Directory } from "../../../../server/directory/core/directory.ts";
import { DirectoryKeeper } from "../../../../server/directory/io/directory_keeper.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { NewBroadcast } from "../../../../shared/directory/forms.ts";
import { START } from "../../kit.ts";

const ANN = { id: "ann", publicKey: "ann", name: "Ann" };
const ASKED: NewBroadcast = {
  ...{ title: "A x B", sport: "football", home: "A", away: "B" },
  ...{ visibility: "public", seats: 9 },
};

function world() {
  const directory = new Directory({ rng: new SeededRng(1) });
  const [disk, searchable] = [new Map<string, Change>(), new Set<string>()];
  const state = { isFull: false, tries: 0 };
  const store = {
    secrets: { signingSeed: new Uint8Array(32), accessKey: new Uint8Array(32) },
    readBroadcasts: () => [],
    write(changes: readonly Change[]) {
      state.tries++;
      if (state.isFull) throw new Error("the disk is full");
      for (const change of changes) disk.set(idOf(change), change);
    },
    close() {},
  };
  const search = {
    put: ({ id }: { id: string }) => void searchable.add(id),
    remove: (id: string) => void searchable.delete(id),
    find: () => [],
  };
  const troubles: string[] = [];
  const onTrouble = (text: string) => void troubles.push(text);
  const keeper = new DirectoryKeeper({ directory, store, search, onTrouble });
  const create = (asked: NewBroadcast = ASKED) => {
    const made = directory.create(ANN, asked, "127.0.0.1", START);
    assert(made.ok);
    return made.value.id;
  };
  return { directory, disk, searchable, state, troubles, keeper, create };
}

function idOf(change: Change): string {
  return change.kind === "removed" ? change.id : change.broadcast.id;
}

Deno.test("public broadcasts are found by their words; unlisted, hidden and removed ones are not", () => {
  const { directory, searchable, keeper, create } = world();
  const [open, hidden] = [create(), create({ ...ASKED, visibility: "unlisted" })];
  keeper.keep(START);
  assert.deepEqual([...searchable], [open]);
  create({ ...ASKED, id: open, visibility: "unlisted" });
  create({ ...ASKED, id: hidden });
  keeper.keep(START);
  assert.deepEqual([...searchable], [hidden]);
  directory.end(ANN, hidden, START);
  keeper.keep(START);
  assert.deepEqual([...searchable], [hidden], "an ended one is found with state=ended");
});

Deno.test("what a full disk refused is stored as soon as there is room, removals too", () => {
  const { directory, disk, state, troubles, keeper, create } = world();
  const first = create();
  keeper.keep(START);
  state.isFull = true;
  const second = create();
  assert.equal(keeper.keep(START), false);
  directory.end(ANN, first, START);
  assert.equal(keeper.keep(START + 10), false);
  assert.equal(state.tries, 2, "not tried again at once");
  assert.equal(keeper.keep(START + 1000), false);
  assert.deepEqual(troubles, ["the disk is full"], "said once");
  state.isFull = false;
  assert.equal(keeper.keep(START + 2000), true);
  assert.deepEqual([...disk.keys()].sort(), [first, second].sort());
  const change = disk.get(first)!;
  assert(change.kind === "kept" && change.broadcast.state === "ended");
  keeper.keep(START + 2001);
  assert.equal(state.tries, 4, "nothing is stored twice");
});
