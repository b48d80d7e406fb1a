import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { StoredBroadcast } from "../../../../server/directory/core/broadcasts.ts";
import { openSqliteStore } from "../../../../server/directory/io/sqlite_store.ts";
import { CommandError } from "../../../../shared/core/errors.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { START } from "../../kit.ts";

const BROADCAST: StoredBroadcast = {
  id: "0123456789abcdef",
  owner: { id: "a", name: "Ann" },
  ...{ title: "'); DROP TABLE broadcast; --", sport: "football", home: "A", away: "B" },
  ...{ startsAt: null, isUnlisted: false, seats: 9, state: "live", score: "1 x 0", clock: null },
  ...{ seatsTaken: 1, addresses: ["192.0.2.7:5004"], hostKey: "A".repeat(43), heardAt: START },
};
const NEW: StoredBroadcast = {
  ...BROADCAST,
  ...{ id: "00000000000000ff", state: "soon", score: null, addresses: [], hostKey: null },
};

/** A folder that is gone when it goes out of scope. */
class Folder implements Disposable {
  readonly #path = Deno.makeTempDirSync();
  readonly file = `${this.#path}/directory.db`;

  /** Opens the file, and closes it when `use` is done. */
  open<Result>(use: (store: ReturnType<typeof openSqliteStore>) => Result, seed = 1): Result {
    const store = openSqliteStore(this.file, new SeededRng(seed));
    try {
      return use(store);
    } finally {
      store.close();
    }
  }

  refusal(): string {
    try {
      this.open(() => {});
    } catch (error) {
      assert(error instanceof CommandError && error.exitCode === 1, String(error));
      return error.message;
    }
    throw new Error("it was opened");
  }

  change(sql: string): void {
    const database = new DatabaseSync(this.file);
    database.exec(sql);
    database.close();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#path, { recursive: true });
  }
}

Deno.test("broadcasts and keys are there again, the last state of each, without those removed", () => {
  using folder = new Folder();
  const secrets = folder.open((store) => {
    store.write([{ kind: "kept", broadcast: NEW }, { kind: "kept", broadcast: BROADCAST }]);
    store.write([{ kind: "kept", broadcast: { ...BROADCAST, score: "2 x 0" } }]);
    return store.secrets;
  });
  folder.open((store) => {
    assert.deepEqual(store.secrets, secrets);
    assert.deepEqual(store.readBroadcasts(), [NEW, { ...BROADCAST, score: "2 x 0" }]);
    store.write([{ kind: "removed", id: NEW.id }, { kind: "removed", id: "unknown" }]);
  }, 2);
  folder.open((store) => assert.equal(store.readBroadcasts().length, 1));
});

Deno.test("without a file everything is in memory, with keys of its own", () => {
  const [one, other] = [1, 2].map((seed) => openSqliteStore(undefined, new SeededRng(seed)));
  one!.write([{ kind: "kept", broadcast: BROADCAST }]);
  assert.equal(one!.readBroadcasts().length, 1);
  assert.deepEqual(other!.readBroadcasts(), []);
  assert.notDeepEqual(one!.secrets, other!.secrets);
  one!.close();
  other!.close();
});

Deno.test({
  name: "the file and what SQLite puts beside it are their owner's alone",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = new Folder();
    folder.open((store) => {
      store.write([{ kind: "kept", broadcast: BROADCAST }]);
      for (const suffix of ["", "-wal"]) {
        assert.equal((Deno.statSync(folder.file + suffix).mode ?? 0) & 0o777, 0o600, suffix);
      }
    });
    Deno.chmodSync(folder.file, 0o644);
    folder.open(() => {});
    assert.equal((Deno.statSync(folder.file).mode ?? 0) & 0o777, 0o600);
  },
});

Deno.test("what is no directory's database is named, and left as it was", () => {
  using folder = new Folder();
  const cases: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    ["empty", (file) => Deno.writeTextFileSync(file, ""), /is empty; restore a copy/],
    ["short", (file) => Deno.writeTextFileSync(file, "SQLite"), /is damaged; restore a copy/],
    ["text", (file) => Deno.writeTextFileSync(file, "x".repeat(5000)), /is no database/],
    ["folder", (file) => Deno.mkdirSync(file), /is a folder; give a file/],
    [
      "link",
      (file) => Deno.symlinkSync("/nowhere/x", file),
      /is a link to a file that is not there/,
    ],
  ];
  for (const [name, make, expected] of cases) {
    make(folder.file);
    assert.match(folder.refusal(), expected, name);
    assert(folder.refusal().startsWith(`--db ${folder.file}: `));
    Deno.removeSync(folder.file);
  }
});

Deno.test("another program's database, another format and damage are named", () => {
  using folder = new Folder();
  folder.open((store) => store.write([{ kind: "kept", broadcast: BROADCAST }]));
  folder.change(`UPDATE broadcast SET json = '{"id": 1}'`);
  const store = openSqliteStore(folder.file, new SeededRng(1));
  assert.throws(() => store.readBroadcasts(), /--db .*is damaged: broadcast 1 can't be read/);
  store.close();
  folder.change("DELETE FROM secret");
  assert.match(folder.refusal(), /is damaged: it has no keys/);
  folder.change("PRAGMA user_version = 9");
  assert.match(folder.refusal(), /has format 9, this version reads 1/);
  folder.change("PRAGMA application_id = 5");
  assert.match(folder.refusal(), /is another program's database/);
});

Deno.test("a file that has two names or is in use is not opened", () => {
  using folder = new Folder();
  folder.open(() => assert.match(folder.refusal(), /is in use by another directory/));
  Deno.linkSync(folder.file, `${folder.file}2`);
  assert.match(folder.refusal(), /has 2 names \(hard links\)/);
});

Deno.test("a folder that is not there is named, and a new file that can't be used is not left behind", () => {
  const path = "/nowhere/directory.db";
  assert.throws(() => openSqliteStore(path, new SeededRng(1)), /--db \/nowhere.*no such folder/);
});

Deno.test("a write that fails stores nothing of it, and says so by name", () => {
  using folder = new Folder();
  folder.open((store) => {
    const broken = { ...BROADCAST, toJSON: () => undefined } as StoredBroadcast;
    const changes = [{ kind: "kept", broadcast: NEW }, {
      kind: "kept",
      broadcast: broken,
    }] as const;
    assert.throws(() => store.write(changes), /^CommandError|--db /);
    assert.deepEqual(store.readBroadcasts(), []);
    store.write([{ kind: "kept", broadcast: NEW }]);
    assert.equal(store.readBroadcasts().length, 1);
  });
});
