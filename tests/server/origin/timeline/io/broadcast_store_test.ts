import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { openBroadcastStore } from "../../../../../server/origin/timeline/io/broadcast_store.ts";
import type { BroadcastStore } from "../../../../../server/origin/timeline/broadcast_store.ts";
import { CommandError } from "../../../../../shared/core/errors.ts";
import { serializeEvent } from "../../../../../shared/event/event.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import { TemporaryFolder } from "../../../../e2e/fixtures.ts";
import { printedSeed } from "../../../../seed.ts";
import { assertRefused, ID, makeId } from "./refused_store.ts";
import { batchOf, entriesOf, storedEvent } from "./stored_event.ts";

const WRITER = fileURLToPath(new URL("./store_writer.ts", import.meta.url));

/** Everything that a store keeps, with entries as objects. */
function contentOf(store: BroadcastStore) {
  const { timeline: _timeline, ...others } = store.load();
  return { ...others, entries: entriesOf(store) };
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
