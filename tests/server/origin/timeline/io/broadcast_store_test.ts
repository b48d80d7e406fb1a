import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { explain } from "../../../../../server/origin/timeline/io/broadcast_file.ts";
import { openBroadcastStore } from "../../../../../server/origin/timeline/io/broadcast_store.ts";
import type { BroadcastStore } from "../../../../../server/origin/timeline/broadcast_store.ts";
import { CommandError, ExitCode } from "../../../../../shared/core/errors.ts";
import { serializeEvent } from "../../../../../shared/event/event.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { printedSeed } from "../../../../seed.ts";
import { batchOf, entriesOf, storedEvent } from "./stored_event.ts";

const WRITER = fileURLToPath(new URL("./store_writer.ts", import.meta.url));
const ID = "0123456789abcdef";
const makeId = () => ID;

/** Everything that a store keeps, with entries as objects. */
function contentOf(store: BroadcastStore) {
  const { timeline: _timeline, ...others } = store.load();
  return { ...others, entries: entriesOf(store) };
}

/** Opening must fail with one line that names the flag and the file. */
function assertRefused(path: string, pattern: RegExp): void {
  assert.throws(() => openBroadcastStore(path, makeId), (error) => {
    assert(error instanceof CommandError);
    assert.equal(error.exitCode, ExitCode.failure);
    assert(error.message.startsWith(`--db ${path}`), error.message);
    assert.match(error.message, pattern);
    assert(!error.message.includes("\n"));
    return true;
  });
}

/** Another process with the store open. */
class Writer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<void>;
  #said = "";
  #onWord: () => void = () => {};

  constructor(path: string, ...more: string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", WRITER, path, ...more],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#ended = this.#read();
  }

  /** Whole lines only: a killed process may have printed half a number. */
  get lines(): string[] {
    return this.#said.split("\n").slice(0, -1);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#onWord = resolve);
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close().catch(() => {});
    await this.#process.status;
    await this.#ended;
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
      this.#onWord();
    }
  }
}

Deno.test("what is kept is there after a restart: id, settings, keys, entries, positions", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const first = openBroadcastStore(path, makeId);
  assert.deepEqual(contentOf(first), { broadcastId: ID, settings: {}, entries: [] });
  const settings = { match: { home: "Vila Nova", away: "Bela Vista" }, token: "evening", seed: 7 };
  const keys = { exchange: new Uint8Array(32).fill(3), signing: new Uint8Array(32).fill(255) };
  first.saveSettings(settings);
  first.saveKeys(keys);
  const entries = [1, 2, 3].map(storedEvent);
  first.append(batchOf(entries[0]!));
  first.append(batchOf(entries[1]!, { source: "simulation 7", position: 41 }));
  first.append(batchOf(entries[2]!, { source: "file /a", position: 3 }));
  first.close();

  const again = openBroadcastStore(path, () => assert.fail("it has an id"));
  assert.deepEqual(contentOf(again), { broadcastId: ID, settings, keys, entries });
  assert.equal(again.positionOf("simulation 7"), 41);
  assert.equal(again.positionOf("file /a"), 3);
  assert.equal(again.positionOf("file /b"), 0);
  again.saveTeams({ home: "Grêmio", away: "Vasco" });
  const named = { ...settings, match: { home: "Grêmio", away: "Vasco" } };
  assert.deepEqual(contentOf(again).settings, named, "all else stays");
  again.append(batchOf(storedEvent(4), { source: "file /b", position: 9 }));
  assert.equal(again.positionOf("file /b"), 9);
  again.close();
});

Deno.test("what listeners report is kept in order, until one line takes the place of all", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const store = openBroadcastStore(path, makeId);
  assert.deepEqual(store.reports.kept(), []);
  store.reports.append("one");
  store.reports.append("two");
  store.close();
  const again = openBroadcastStore(path, makeId);
  assert.deepEqual(again.reports.kept(), ["one", "two"]);
  again.reports.replace("both");
  again.reports.append("three");
  again.close();
  const last = openBroadcastStore(path, makeId);
  assert.deepEqual(last.reports.kept(), ["both", "three"]);
  last.close();
});

Deno.test("a count is kept once, and a refused entry leaves nothing behind", async () => {
  await using folder = new TemporaryFolder();
  const store = openBroadcastStore(folder.file("match.db"), makeId);
  store.append(batchOf(storedEvent(1)));
  assert.throws(
    () => store.append(batchOf({ ...storedEvent(1), content: "another" })),
    CommandError,
  );
  store.append(batchOf(storedEvent(2)));
  assert.deepEqual(entriesOf(store), [storedEvent(1), storedEvent(2)]);
  store.close();
});

Deno.test("after a kill at any moment the store has every entry that it confirmed", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const seed = printedSeed(crypto.getRandomValues(new Uint32Array(1))[0]!);
  const rng = new SeededRng(seed);
  let kept = 0;
  for (let round = 0; round < 4; round++) {
    const writer = new Writer(path);
    const enough = 2 + Math.floor(rng.float() * 60);
    await writer.until(() => writer.lines.length >= enough);
    await writer.kill();
    assert.equal(writer.lines[0], `open ${kept}`, `seed ${seed}`);
    const said = Number(writer.lines.at(-1));
    const store = openBroadcastStore(path, makeId);
    const entries = entriesOf(store);
    store.close();
    // The process may have been killed between storing and printing.
    assert(entries.length === said || entries.length === said + 1, `seed ${seed}`);
    assert.deepEqual(entries, entries.map((_, index) => storedEvent(index + 1)));
    kept = entries.length;
  }
});

Deno.test("killed under the name of a link, it is whole under its own; a second hard name is refused", async () => {
  await using folder = new TemporaryFolder();
  const [file, link] = [folder.file("match.db"), folder.file("link.db")];
  openBroadcastStore(file, makeId).close();
  await Deno.symlink("match.db", link);
  await using writer = new Writer(link);
  await writer.until(() => writer.lines.length > 5);
  await writer.kill();
  const store = openBroadcastStore(file, makeId);
  assert(store.load().timeline.count >= Number(writer.lines.at(-1)));
  store.close();
  await Deno.link(file, folder.file("other.db"));
  assertRefused(folder.file("other.db"), /2 names.*symbolic/);
  assertRefused(file, /2 names.*symbolic/);
});

Deno.test("only one host may use the file: a second one is told so, and the first continues", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  await using holder = new Writer(path, "--hold");
  await holder.until(() => holder.lines.length === 1);
  assertRefused(path, /is in use by another host/);
  assert.equal(holder.lines[0], "open 0");
});

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

Deno.test("a start that fails leaves no empty file behind, which the next one would not take", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const makeNone = () => {
    throw new Error("no id");
  };
  assert.throws(() => openBroadcastStore(path, makeNone), CommandError);
  openBroadcastStore(path, makeId).close();
});

Deno.test("names that mean something to SQLite are files like others", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/:memory:`;
  openBroadcastStore(path, makeId).close();
  assert(Deno.statSync(path).size > 0);
});

Deno.test({
  name: "nobody else may read it, nor what lies beside it while it is open",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const path = folder.file("match.db");
    const store = openBroadcastStore(path, makeId);
    store.append(batchOf(storedEvent(1)));
    for (const { name } of Deno.readDirSync(folder.path)) {
      assert.equal(Deno.statSync(folder.file(name)).mode! & 0o777, 0o600, name);
    }
    store.close();
    Deno.chmodSync(path, 0o644);
    openBroadcastStore(path, makeId).close();
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  },
});

const signed = (count: number) => {
  const entry = storedEvent(count);
  const signature = new Uint8Array(64).fill(count);
  return { entry, json: serializeEvent(entry), signature };
};

Deno.test("the last entry on the match clock is none that corrects another", async () => {
  await using folder = new TemporaryFolder();
  const first = openBroadcastStore(folder.file("match.db"), makeId);
  const correcting = (count: number) => {
    const entry = storedEvent(count);
    return batchOf({ ...entry, event: { ...entry.event, supersedes: "event-0" } });
  };
  first.append(correcting(1));
  assert.equal(first.load().timeline.lastOnClock, undefined);
  for (const batch of [batchOf(storedEvent(2)), correcting(3), correcting(4)]) first.append(batch);
  first.close();
  const second = openBroadcastStore(folder.file("match.db"), makeId);
  const { last, lastOnClock } = second.load().timeline;
  assert.deepEqual([last?.count, lastOnClock], [4, storedEvent(2)]);
  second.close();
});

Deno.test("signatures and blocks are kept, and added to what has none", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const bytes = Uint8Array.of(1, 2, 3);
  const counts = Array.from({ length: 130 }, (_, index) => index + 1);
  const first = openBroadcastStore(path, makeId);
  const block = { firstCount: 1, bytes, signature: new Uint8Array(64).fill(9) };
  const inClear = counts.slice(100).map((count) => batchOf(storedEvent(count)).entries[0]!);
  first.append({ entries: [...counts.slice(0, 100).map(signed), ...inClear], blocks: [block] });
  first.append({ entries: [], blocks: [{ firstCount: 65, bytes }] });
  first.close();
  const second = openBroadcastStore(path, makeId);
  const { timeline } = second.load();
  assert.deepEqual([timeline.count, timeline.firstUnsigned], [130, 101]);
  assert.deepEqual(timeline.blocks, [block, { firstCount: 65, bytes }]);
  assert.deepEqual(timeline.last, storedEvent(130));
  assert.equal(timeline.ids.get("event-77"), 77);
  const late = counts.slice(100).map((count) => ({ count, signature: signed(count).signature }));
  const blocks = [{ firstCount: 65, bytes, signature: new Uint8Array(64).fill(8) }];
  second.saveSignatures({ entries: late, blocks });
  second.close();
  const third = openBroadcastStore(path, makeId);
  const again = third.load().timeline;
  assert.equal(again.firstUnsigned, Infinity);
  assert.deepEqual(again.blocks, [block, ...blocks]);
  assert.deepEqual([...again.entriesFrom(99)].map(({ signature }) => signature![0]), [
    ...counts.slice(98),
  ]);
  third.close();
});

Deno.test("of entries that are stored together, none is stored when one can't be", async () => {
  await using folder = new TemporaryFolder();
  const store = openBroadcastStore(folder.file("match.db"), makeId);
  store.append(batchOf(storedEvent(1)));
  const entries = [2, 3, 1].map((count) => batchOf(storedEvent(count)).entries[0]!);
  const blocks = [{ firstCount: 1, bytes: new Uint8Array(1) }];
  assert.throws(() => store.append({ entries, blocks }), CommandError);
  assert.deepEqual(entriesOf(store), [storedEvent(1)]);
  store.append({ entries: entries.slice(0, 2), blocks: [] });
  assert.deepEqual(entriesOf(store), [1, 2, 3].map(storedEvent));
  store.close();
});

Deno.test("a file of the first format is changed into this one, and loses nothing", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const store = openBroadcastStore(path, makeId);
  store.saveSettings({ token: "evening" });
  for (const count of [1, 2, 3]) store.append(batchOf(storedEvent(count)));
  store.close();
  const database = new DatabaseSync(path);
  database.exec(
    `DROP TABLE block; ALTER TABLE event DROP COLUMN signature; PRAGMA user_version = 1`,
  );
  database.close();
  for (let start = 0; start < 2; start++) {
    const newer = openBroadcastStore(path, () => assert.fail("it has an id"));
    assert.deepEqual(newer.load().settings, { token: "evening" });
    assert.deepEqual(entriesOf(newer), [1, 2, 3].map(storedEvent));
    assert.deepEqual(newer.load().timeline.firstUnsigned, 1);
    newer.close();
  }
});

Deno.test("the directory and its keys are kept, and a damaged record of them is none", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.db");
  const key = { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" } as const;
  const keys = { keys: [{ ...key, x: "A".repeat(43), kid: "one" }] };
  const store = openBroadcastStore(path, makeId);
  assert.equal(store.load().directory, undefined);
  store.saveDirectory({ url: "http://127.0.0.1:1/", keys: { keys: [] } });
  store.saveDirectory({ url: "http://127.0.0.1:2/", keys });
  store.close();
  const again = openBroadcastStore(path, makeId);
  assert.deepEqual(again.load().directory, { url: "http://127.0.0.1:2/", keys });
  again.close();
  const database = new DatabaseSync(path);
  database.exec("UPDATE directory SET keys = '{'");
  database.close();
  const damaged = openBroadcastStore(path, makeId);
  assert.equal(damaged.load().directory, undefined);
  damaged.close();
});
