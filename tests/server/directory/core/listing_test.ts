import assert from "node:assert/strict";
import type { StoredBroadcast } from "../../../../server/directory/core/broadcasts.ts";
import { listBroadcasts } from "../../../../server/directory/core/listing.ts";
import type { BroadcastQuery } from "../../../../shared/directory/forms.ts";
import { foldText } from "../../../../shared/directory/keys_and_names.ts";
import { START } from "../../kit.ts";

function stored(number: number, changes: Partial<StoredBroadcast> = {}): StoredBroadcast {
  return {
    id: String(number).padStart(16, "0"),
    owner: { id: "a", name: "Ann" },
    ...{ title: "A x B", sport: "Football", home: "São Paulo", away: "Grêmio" },
    ...{ startsAt: null, isUnlisted: false, seats: 9, state: "live" },
    ...{ score: null, clock: null, seatsTaken: 0, addresses: [], hostKey: null, heardAt: START },
    ...changes,
  };
}

function list(
  broadcasts: readonly StoredBroadcast[],
  query: BroadcastQuery = {},
  found?: readonly string[],
) {
  const all = new Map(broadcasts.map((broadcast) => [broadcast.id, broadcast]));
  const foldedOf = (id: string) => {
    const { sport, home, away } = all.get(id)!;
    return { sport: foldText(sport), teams: [home, away].map(foldText) };
  };
  const known = { all: all.values(), get: (id: string) => all.get(id), foldedOf };
  const { broadcasts: listed, next } = listBroadcasts(known, query, found, START + 1000);
  return { numbers: listed.map(({ id }) => Number(id)), next };
}

Deno.test("live ones come first, then those that begin next, then those whose host is gone; ended ones only when asked for", () => {
  const broadcasts = [
    stored(1, { state: "ended" }),
    stored(2, { heardAt: START - 30_000 }),
    stored(3, { state: "soon", startsAt: START + 9 }),
    stored(4, { state: "soon", startsAt: START + 5 }),
    stored(5),
  ];
  assert.deepEqual(list(broadcasts).numbers, [5, 4, 3, 2]);
  assert.deepEqual(list(broadcasts, { state: "ended" }).numbers, [1]);
  assert.deepEqual(list(broadcasts, { state: "soon" }).numbers, [4, 3]);
});

Deno.test("team and sport are whole names without accents and case, seats are those that are free", () => {
  const broadcasts = [stored(1), stored(2, { sport: "Chess", seatsTaken: 9 })];
  assert.deepEqual(list(broadcasts, { team: "gremio" }).numbers, [1, 2]);
  assert.deepEqual(list(broadcasts, { team: "sao paulo", sport: "FOOTBALL" }).numbers, [1]);
  assert.deepEqual(list(broadcasts, { team: "sao" }).numbers, []);
  assert.deepEqual(list(broadcasts, { free: "true" }).numbers, [1]);
  assert.deepEqual(list(broadcasts, { free: "false" }).numbers, [1, 2]);
});

Deno.test("what a search found keeps its order, and unlisted and unknown ones are left out", () => {
  const broadcasts = [stored(1), stored(2, { isUnlisted: true }), stored(3)];
  const found = [3, 2, 7, 1].map((number) => String(number).padStart(16, "0"));
  assert.deepEqual(list(broadcasts, {}, found).numbers, [3, 1]);
  const first = list(broadcasts, { limit: "1" }, found);
  assert.deepEqual(first.numbers, [3]);
  assert.deepEqual(list(broadcasts, { after: first.next! }, found), {
    numbers: [1],
    next: undefined,
  });
});

Deno.test("a page has 20 unless the query says otherwise, and never more than 100", () => {
  const broadcasts = Array.from({ length: 300 }, (_, index) => stored(index + 1));
  assert.equal(list(broadcasts).numbers.length, 20);
  assert.equal(list(broadcasts, { limit: "7" }).numbers.length, 7);
  assert.equal(list(broadcasts, { limit: "999999" }).numbers.length, 100);
});

Deno.test("a page goes on behind its cursor, though the broadcast of the cursor is gone", () => {
  const broadcasts = Array.from({ length: 9 }, (_, index) => stored(index + 1));
  const first = list(broadcasts, { limit: "4" });
  assert.deepEqual(first.numbers, [1, 2, 3, 4]);
  const fewer = broadcasts.filter(({ id }) => Number(id) !== 4);
  assert.deepEqual(list(fewer, { limit: "4", after: first.next! }).numbers, [5, 6, 7, 8]);
  assert.deepEqual(
    list(fewer, { after: `3.${Number.MAX_SAFE_INTEGER}.${"f".repeat(16)}` }).numbers,
    [],
  );
});
