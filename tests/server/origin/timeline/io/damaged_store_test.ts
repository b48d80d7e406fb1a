import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { explain } from "../../../../../server/origin/timeline/io/broadcast_file.ts";
import { openBroadcastStore } from "../../../../../server/origin/timeline/io/broadcast_store.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { printedSeed } from "../../../../seed.ts";
import { assertRefused, makeId } from "./refused_store.ts";
import { batchOf, storedEvent } from "./stored_event.ts";

Deno.test("files of another kind are refused and left as they were", async () => {
  await using folder = new TemporaryFolder();
  const text = folder.file("notes.txt");
  Deno.writeTextFileSync(
    text,
    "not a database, and longer than a header of a hundred bytes\n".repeat(9),
  );
  const before = Deno.readFileSync(text);
  assertRefused(text, /is no database/);
  assert.deepEqual(Deno.readFileSync(text), before);

  const foreign = folder.file("contacts.db");
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE contact (name TEXT)");
  database.close();
  const contacts = Deno.readFileSync(foreign);
  assertRefused(foreign, /another program's database/);
  assert.deepEqual(Deno.readFileSync(foreign), contacts);

  assertRefused(folder.path, /is a folder/);
  assertRefused(folder.file("no/such/match.db"), /no such folder/);
});

Deno.test("a newer format, a damaged file and a damaged entry are refused", async () => {
  await using folder = new TemporaryFolder();
  const make = (name: string, damage: (database: DatabaseSync) => void) => {
    const path = folder.file(name);
    const store = openBroadcastStore(path, makeId);
    for (let count = 1; count <= 100; count++) store.append(batchOf(storedEvent(count)));
    store.close();
    const database = new DatabaseSync(path);
    damage(database);
    database.close();
    return path;
  };
  const newer = make("newer.db", (database) => database.exec("PRAGMA user_version = 3"));
  assertRefused(newer, /format 3, this version reads 2/);
  const gap = make("gap.db", (database) => database.exec("DELETE FROM event WHERE count = 50"));
  assertRefused(gap, /is damaged: event 50 is wrong/);
  const junk = make("junk.db", (database) => database.exec("UPDATE event SET json = '{}'"));
  assertRefused(junk, /is damaged: event 1 is wrong/);
  const torn = make("torn.db", () => {});
  const bytes = Deno.readFileSync(torn);
  bytes.fill(0xa5, 8192, 16_384);
  Deno.writeFileSync(torn, bytes);
  assertRefused(torn, /is damaged/);
});

type Damage = (database: DatabaseSync) => void;
const sql = (text: string): Damage => (database) => database.exec(text);
const DAMAGES: readonly (readonly [string, Damage, RegExp])[] = [
  ["no row", sql("DELETE FROM broadcast"), /its table broadcast has no row/],
  ["no table of the broadcast", sql("DROP TABLE broadcast"), /it has no table broadcast/],
  ["no table of events", sql("DROP TABLE event"), /it has no table event/],
  [
    "a column less",
    sql("ALTER TABLE broadcast DROP COLUMN signing_key"),
    /its table broadcast has no column signing_key/,
  ],
  ["no table of blocks", sql("DROP TABLE block"), /it has no table block/],
  ["a cut signature", sql("UPDATE event SET signature = x'01'"), /event 1 is wrong/],
  ["a block of entries to come", sql("INSERT INTO block VALUES (65, x'01', NULL)"), /block 1 is/],
  ["a misplaced block", sql("INSERT INTO block VALUES (2, x'01', NULL)"), /block 1 is wrong/],
  ["events without text", sql("ALTER TABLE event DROP COLUMN json"), /event has no column json/],
  [
    "half an id",
    sql("UPDATE broadcast SET broadcast_id = '0123'"),
    /value of broadcast_id is wrong/,
  ],
  [
    "a cut key",
    sql("UPDATE broadcast SET exchange_key = x'0102'"),
    /value of exchange_key is wrong/,
  ],
  [
    "a cut seed",
    sql("UPDATE broadcast SET signing_key = x'0102'"),
    /value of signing_key is wrong/,
  ],
  [
    "one key alone",
    sql("UPDATE broadcast SET signing_key = NULL"),
    /value of signing_key is wrong/,
  ],
  ["one team alone", sql("UPDATE broadcast SET home = NULL"), /value of away is wrong/],
  ["no token's text", sql("UPDATE broadcast SET token = ''"), /value of token is wrong/],
  ["a negative seed", sql("UPDATE broadcast SET seed = -1"), /value of seed is wrong/],
  ["a huge seed", sql("UPDATE broadcast SET seed = 9223372036854775807"), /a number .* too large/],
  ["a huge position", sql("UPDATE event SET position = 1 << 60"), /a position in a source/],
  [
    "a huge count",
    sql("UPDATE event SET count = 1 << 60 WHERE count = 5"),
    /a number .* too large/,
  ],
];

for (const [name, damage, pattern] of DAMAGES) {
  Deno.test(`a database with ${name} is refused by its name, with what to do`, async () => {
    await using folder = new TemporaryFolder();
    const path = wholeStore(folder.file("match.db"));
    const database = new DatabaseSync(path);
    damage(database);
    database.close();
    assertRefused(path, pattern);
    assertRefused(path, /is damaged.*; choose another file or restore a copy$/);
  });
}

/** Everything that a host stores. */
function wholeStore(path: string): string {
  const store = openBroadcastStore(path, makeId);
  store.saveSettings({ match: { home: "A", away: "B" }, token: "evening", seed: 7 });
  store.saveKeys({ exchange: new Uint8Array(32).fill(1), signing: new Uint8Array(32).fill(2) });
  for (let count = 1; count <= 100; count++) {
    store.append(batchOf(storedEvent(count), { source: "simulation 7", position: count }));
  }
  store.close();
  return path;
}

Deno.test("a file that was cut, wherever, is refused by its name, with what to do", async () => {
  await using folder = new TemporaryFolder();
  const path = wholeStore(folder.file("match.db"));
  const whole = Deno.readFileSync(path);
  for (const length of [0, 1, 50, 99, 100, 2000, 4096, 4097, 10_000, whole.length / 2]) {
    const cut = folder.file(`${length}.db`);
    Deno.writeFileSync(cut, whole.subarray(0, length));
    assertRefused(cut, /is (empty|damaged|no database).*; (choose|restore)/);
  }
});

Deno.test("whatever bytes turn in a file, it opens or is refused in one line that names it", async () => {
  await using folder = new TemporaryFolder();
  const path = wholeStore(folder.file("match.db"));
  const whole = Deno.readFileSync(path);
  const rng = new SeededRng(printedSeed(crypto.getRandomValues(new Uint32Array(1))[0]!));
  for (let turn = 0; turn < 60; turn++) {
    const bytes = whole.slice();
    const at = Math.floor(rng.float() * (turn % 2 === 0 ? 600 : bytes.length));
    bytes.fill(Math.floor(rng.float() * 256), at, at + 1 + Math.floor(rng.float() * 200));
    Deno.writeFileSync(path, bytes);
    try {
      const store = openBroadcastStore(path, makeId);
      store.positionOf("simulation 7");
      store.close();
    } catch (error) {
      assert(error instanceof CommandError, String(error));
      assert(error.message.startsWith(`--db ${path}: `) && !error.message.includes("\n"));
    }
  }
});

Deno.test({
  name: "what is no plain file is refused, and a link that leads nowhere",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = new TemporaryFolder();
    Deno.symlinkSync(folder.file("gone.db"), folder.file("link.db"));
    assertRefused(folder.file("link.db"), /a link to a file that is not there; choose/);
    assertRefused("/dev/null", /is not a regular file; choose another$/);
    const path = wholeStore(folder.file("match.db"));
    assertRefused(`${path}/inside.db`, /no such folder; make it first$/);
    Deno.mkdirSync(`${path}-wal`);
    assertRefused(path, /may not write it or beside it; change that or choose another file$/);
  },
});

Deno.test("SQLite's errors about permissions and disks are reported with what to do", () => {
  const said = (errcode: number) =>
    explain(Object.assign(new Error("SQLite's words"), { errcode }));
  assert.match(said(8), /^this user may not write it/);
  assert.match(said(14), /^this user may not write it/);
  assert.match(said(8 | (1 << 8)), /^this user may not write it/);
  assert.match(said(10 | (2 << 8)), /^may not be written by this user, or the disk fails; /);
  assert.match(
    said(1),
    /^can't be used \(SQLite's words\); choose another file or restore a copy$/,
  );
});
