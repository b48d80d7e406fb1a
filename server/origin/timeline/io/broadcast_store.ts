import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommandError } from "../../../../shared/core/errors.ts";
import { BLOCK_ENTRIES } from "../../../../shared/event/blocks.ts";
import { parseEvent, type TimelineEvent } from "../../../../shared/event/event.ts";
import { SIGNATURE_BYTES } from "../../../../shared/secrecy/ciphers.ts";
import { damaged, dbError, explain, openBroadcastFile } from "./broadcast_file.ts";
import { readDirectory, writeDirectory } from "./directory_table.ts";
import * as v from "valibot";
import { fitsTeamName } from "../../../../shared/admission/admission.ts";
import type { Match } from "../../../interface/config.ts";
import type { ReportJournal } from "../../reports/desk_journal.ts";
import {
  type BroadcastSettings,
  type BroadcastStore,
  type EntryBatch,
  type HostKeys,
  type LateSignatures,
  type StoredBlock,
  type StoredBroadcast,
  type StoredDirectory,
  type StoredEntry,
  type StoredTimeline,
  StoreError,
} from "../broadcast_store.ts";

/** The only row of the table `broadcast`. */
interface BroadcastRow {
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  readonly keys?: HostKeys;
}

/** Length of the seed of each key. */
const SEED_BYTES = 32;

const teamName = v.nullable(v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(fitsTeamName),
));
const seed = v.nullable(v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length === SEED_BYTES),
));

const schema = v.pipe(
  v.object({
    broadcast_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    home: teamName,
    away: teamName,
    token: v.nullable(v.pipe(v.string(), v.nonEmpty())),
    seed: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    exchange_key: seed,
    signing_key: seed,
  }),
  v.forward(v.check(({ home, away }) => (home === null) === (away === null)), ["away"]),
  v.forward(
    v.check(({ exchange_key, signing_key }) => (exchange_key === null) === (signing_key === null)),
    ["signing_key"],
  ),
);

/** @returns the parsed row, or the name of the first column with an invalid value. */
function readBroadcastRow(
  row: unknown,
): { readonly value: BroadcastRow } | { readonly column: string } {
  const result = v.safeParse(schema, row);
  if (!result.success) {
    return { column: String(v.getDotPath(result.issues[0]) ?? "broadcast") };
  }
  const { broadcast_id, home, away, token, seed, exchange_key, signing_key } = result.output;
  return {
    value: {
      broadcastId: broadcast_id,
      settings: {
        ...(home !== null && away !== null && { match: { home, away } }),
        ...(token !== null && { token }),
        ...(seed !== null && { seed }),
      },
      ...(exchange_key && signing_key &&
        { keys: { exchange: exchange_key, signing: signing_key } }),
    },
  };
}

const signature = v.nullable(v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length === SIGNATURE_BYTES),
));
const EventRowSchema = v.object({ count: v.number(), json: v.string(), signature });
const BlockRowSchema = v.object({
  first_count: v.number(),
  bytes: v.instance(Uint8Array),
  signature,
});

/**
 * Opens `--db FILE`, or makes it, and checks its content.
 *
 * @param makeBroadcastId called when the file is new.
 * @throws CommandError naming the file when it can't be opened, or holds no broadcast.
 */
export function openBroadcastStore(path: string, makeBroadcastId: () => string): BroadcastStore {
  const database = openBroadcastFile(path, makeBroadcastId);
  try {
    return new SqliteStore(path, database);
  } catch (error) {
    database.close();
    throw error instanceof CommandError ? error : dbError(path, explain(error));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A broadcast in SQLite. */
class SqliteStore implements BroadcastStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertBlock: StatementSync;
  readonly #insertReport: StatementSync;
  /** As it was read last; undefined when something was stored since, because it takes a while to read. */
  #timeline: StoredTimeline | undefined;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO event (count, json, source, position, signature) VALUES (?, ?, ?, ?, ?)",
    );
    this.#insertBlock = database.prepare(
      "INSERT OR REPLACE INTO block (first_count, bytes, signature) VALUES (?, ?, ?)",
    );
    this.#insertReport = database.prepare("INSERT INTO report (json) VALUES (?)");
    this.load();
  }

  load(): StoredBroadcast {
    return this.#read(() => {
      const first = this.#database.prepare("SELECT * FROM broadcast").get();
      if (first === undefined) throw damaged(this.#path, "its table broadcast has no row");
      const row = readBroadcastRow(first);
      if ("column" in row) throw damaged(this.#path, `its value of ${row.column} is wrong`);
      this.#timeline ??= this.#readTimeline();
      const directory = readDirectory(this.#database);
      return { ...row.value, timeline: this.#timeline, ...(directory && { directory }) };
    });
  }

  append({ entries, blocks }: EntryBatch): void {
    this.#writeTogether(() => {
      for (const { entry: { count }, json, signature, from } of entries) {
        const [source, position] = [from?.source ?? null, from?.position ?? null];
        this.#insert.run(count, decoder.decode(json), source, position, signature ?? null);
      }
      this.#writeBlocks(blocks);
    });
  }

  saveSignatures({ entries, blocks }: LateSignatures): void {
    this.#writeTogether(() => {
      const update = this.#database.prepare("UPDATE event SET signature = ? WHERE count = ?");
      for (const { count, signature } of entries) update.run(signature, count);
      this.#writeBlocks(blocks);
    });
  }

  positionOf(source: string): number {
    return this.#read(() => {
      const { position } = this.#database
        .prepare("SELECT max(position) AS position FROM event WHERE source = ?")
        .get(source) as { position: number | null };
      return position ?? 0;
    });
  }

  saveSettings({ match, token, seed }: BroadcastSettings): void {
    this.#write(() =>
      this.#database.prepare("UPDATE broadcast SET home = ?, away = ?, token = ?, seed = ?")
        .run(match?.home ?? null, match?.away ?? null, token ?? null, seed ?? null)
    );
  }

  saveTeams({ home, away }: Match): void {
    this.#write(() =>
      this.#database.prepare("UPDATE broadcast SET home = ?, away = ?").run(home, away)
    );
  }

  saveKeys({ exchange, signing }: HostKeys): void {
    this.#write(() =>
      this.#database.prepare("UPDATE broadcast SET exchange_key = ?, signing_key = ?")
        .run(exchange, signing)
    );
  }

  saveDirectory(directory: StoredDirectory): void {
    this.#write(() => writeDirectory(this.#database, directory));
  }

  /** Not flushed to the disk each time: a crash of the program loses nothing, a power cut the last seconds. */
  readonly reports: ReportJournal = {
    kept: () =>
      this.#read(() =>
        this.#database.prepare("SELECT json FROM report ORDER BY id").all()
          .map(({ json }) => String(json))
      ),
    append: (line) => this.#writeSoon(() => this.#insertReport.run(line)),
    replace: (line) =>
      this.#writeTogether(() => {
        this.#database.exec("DELETE FROM report");
        this.#insertReport.run(line);
      }),
  };

  #writeSoon(write: () => void): void {
    this.#write(() => {
      this.#database.exec("PRAGMA synchronous = NORMAL");
      try {
        write();
      } finally {
        this.#database.exec("PRAGMA synchronous = FULL");
      }
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw new StoreError(`--db ${this.#path}: ${explain(error)}`);
    }
  }

  /** Writes all of it or, if anything fails, nothing. */
  #writeTogether(write: () => void): void {
    this.#timeline = undefined;
    this.#write(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        write();
        this.#database.exec("COMMIT");
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }

  #writeBlocks(blocks: readonly StoredBlock[]): void {
    for (const { firstCount, bytes, signature } of blocks) {
      this.#insertBlock.run(firstCount, bytes, signature ?? null);
    }
  }

  #read<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw error instanceof CommandError ? error : dbError(this.#path, explain(error));
    }
  }

  /** Reads and checks every entry, but keeps only its id. */
  #readTimeline(): StoredTimeline {
    // A count that is too large throws here, before the entries seem to have a gap.
    this.#database.prepare("SELECT max(count) FROM event").get();
    const ids = new Map<string, number>();
    let [count, firstUnsigned] = [0, Infinity];
    let last: TimelineEvent | undefined;
    let lastOnClock: TimelineEvent | undefined;
    for (const { json, signature } of this.#entriesFrom(1)) {
      count++;
      const entry = parseEvent(json);
      if (!entry.ok || entry.value.count !== count) throw this.#damagedEvent(count);
      last = entry.value;
      if (last.event.supersedes === undefined) lastOnClock = last;
      if (!ids.has(last.event.id)) ids.set(last.event.id, count);
      if (!signature) firstUnsigned = Math.min(firstUnsigned, count);
    }
    const blocks = this.#readBlocks(count);
    const entriesFrom = (first: number) => this.#entriesFrom(first);
    const lasts = { ...(last && { last }), ...(lastOnClock && { lastOnClock }) };
    return { count, ...lasts, ids, firstUnsigned, blocks, entriesFrom };
  }

  *#entriesFrom(first: number): Generator<StoredEntry> {
    const rows = this.#database
      .prepare("SELECT count, json, signature FROM event WHERE count >= ? ORDER BY count")
      .iterate(first) as Iterable<Readonly<Record<string, unknown>>>;
    let count = first;
    for (const row of rows) {
      const entry = v.safeParse(EventRowSchema, row);
      if (!entry.success || entry.output.count !== count) throw this.#damagedEvent(count);
      const { json, signature } = entry.output;
      yield { json: encoder.encode(json), ...(signature && { signature }) };
      count++;
    }
  }

  #readBlocks(entryCount: number): StoredBlock[] {
    const rows = this.#database
      .prepare("SELECT first_count, bytes, signature FROM block ORDER BY first_count").all();
    return rows.map((row, index) => {
      const block = v.safeParse(BlockRowSchema, row);
      const firstCount = block.success ? block.output.first_count : NaN;
      const isPlaced = (firstCount - 1) % BLOCK_ENTRIES === 0 &&
        firstCount + BLOCK_ENTRIES - 1 <= entryCount;
      if (!block.success || !isPlaced) throw damaged(this.#path, `block ${index + 1} is wrong`);
      const { bytes, signature } = block.output;
      return { firstCount, bytes, ...(signature && { signature }) };
    });
  }

  #damagedEvent(count: number): CommandError {
    return damaged(this.#path, `event ${count} is wrong`);
  }
}
