import assert from "node:assert/strict";
import { entriesOf } from "../server/origin/timeline/io/stored_event.ts";
import { DatabaseSync } from "node:sqlite";
import { openBroadcastStore } from "../../server/origin/timeline/io/broadcast_store.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import { printedSeed } from "../seed.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { listen, serve, Streamer } from "./streamer.ts";

const KILLS = 3;
const EVENT_INTERVAL = "40ms";
/** So many after a restart show that it goes on, since they come in order and none is left out. */
const NEW_EVENTS = 20;

/** More events than any run of this test takes, so that the broadcast never ends by itself. */
function writeEvents(folder: TemporaryFolder): string {
  const path = folder.file("match.ndjson");
  const lines = Array.from(
    { length: 5000 },
    (_, index) => JSON.stringify({ type: "note", origin: "", content: `Line ${index + 1}` }),
  );
  Deno.writeTextFileSync(path, lines.join("\n"));
  return path;
}

Deno.test("killed again and again, a host with --db loses nothing, and its listeners come back", async () => {
  await using folder = new TemporaryFolder();
  const db = folder.file("match.db");
  const seed = printedSeed(crypto.getRandomValues(new Uint32Array(1))[0]!);
  const rng = new SeededRng(seed);
  await using opened = new AsyncDisposableStack();
  const hostArgs = ["--events", writeEvents(folder), "--interval", EVENT_INTERVAL, "--db", db];
  const first = await serve(hostArgs);
  let host = opened.use(first.host);
  const listeners = [1, 2].map(() => opened.use(listen([first.link])));
  await Promise.all(listeners.map((listener) => listener.line("event")));
  for (let kill = 1; kill <= KILLS; kill++) {
    await sleep(400 * rng.float());
    host.kill("SIGKILL");
    await host.finished;
    const seen = Math.max(...listeners.map((listener) => eventsOf(listener).length));
    const args = [...hostArgs, "--port", String(first.port)];
    host = opened.use(new Streamer(["serve", "--host", "127.0.0.1", "--json", ...args]));
    const ready = await host.line("ready");
    assert.equal(ready.link, first.link, `seed ${seed}`);
    await Promise.all(listeners.map(async (listener) => {
      const cameBack = () => listener.lines.filter(({ kind }) => kind === "joined").length > kill;
      await listener.until(cameBack, `return after kill ${kill}`);
      const hasCaughtUp = () => {
        const last: TimelineEvent = eventsOf(listener).at(-1)!;
        return last.count > seen + NEW_EVENTS;
      };
      await listener.until(hasCaughtUp, "all events up to now");
    }));
  }
  host.kill("SIGINT");
  await Promise.all(listeners.map((listener) => listener.end(0)));
  await host.end(0);

  const store = openBroadcastStore(db, () => assert.fail("it is the same broadcast"));
  const entries = entriesOf(store);
  store.close();
  const said = entries.map(({ content }) => content);
  assert.deepEqual(said, said.map((_, index) => `Line ${index + 1}`), `seed ${seed}`);
  for (const listener of listeners) {
    assert.deepEqual(eventsOf(listener), entries, `seed ${seed}`);
  }
});

function eventsOf(listener: Streamer): TimelineEvent[] {
  return listener.lines.filter(({ kind }) => kind === "event").map(({ event }) => event);
}

Deno.test("on a full disk events wait, and the broadcast ends with a failure that says so", async () => {
  await using folder = new TemporaryFolder();
  const db = folder.file("match.db");
  const args = ["serve", "--host", "127.0.0.1", "--port", "0", "--json", "--interval", "20ms"];
  // No file may grow past 60 blocks of 1 KiB: what a write then says is what a full disk says.
  await using host = new Streamer([...args, "--seed", "1", "--db", db], { fileBlocks: 60 });
  await host.until(() => host.stderr.includes("Events wait"), "word of the full disk");
  host.kill("SIGINT");
  const { code } = await host.finished;
  assert.equal(code, 1);
  assert.match(host.stderr, new RegExp(`Error: --db ${db}: .*Not all events were sent`));
  const store = openBroadcastStore(db, () => assert.fail("it is kept"));
  assert(store.load().timeline.count > 0);
  store.close();
});

Deno.test("a database in use, of another kind, or damaged ends serve with one line", async () => {
  await using folder = new TemporaryFolder();
  const db = folder.file("match.db");
  await using opened = new AsyncDisposableStack();
  opened.use((await serve(["--db", db])).host);
  const text = folder.file("notes.txt");
  await Deno.writeTextFile(text, "these are notes\n".repeat(50));
  const [cutKey, noRow] = [folder.file("key.db"), folder.file("row.db")];
  damage(cutKey, "UPDATE broadcast SET signing_key = x'01', exchange_key = x'01'");
  damage(noRow, "DELETE FROM broadcast");
  for (
    const [path, wanted] of [
      [db, /in use by another host/],
      [text, /is no database/],
      [cutKey, /is damaged: its value of exchange_key is wrong; choose another file/],
      [noRow, /is damaged: its table broadcast has no row; choose another file/],
    ] as const
  ) {
    const second = opened.use(
      new Streamer(["serve", "--host", "127.0.0.1", "--port", "0", "--db", path]),
    );
    const { code, stderr } = await second.finished;
    assert.equal(code, 1);
    assert.match(stderr, wanted);
    assert(stderr.startsWith(`Error: --db ${path}: `), stderr);
    assert.equal(stderr.trim().split("\n").length, 1);
  }
});

function damage(path: string, sql: string): void {
  openBroadcastStore(path, () => "0123456789abcdef").close();
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
