/**
 * How long the directory's search takes over 100 000 broadcasts, beside a plain query of FTS5:
 *
 *     deno task bench:search [--broadcasts=100000] [--rounds=200]
 *
 * The plain one knows no corrections: it is asked for the right words, as beginnings, over the same texts as
 * SQLite takes them apart. Both are asked in turns in one process, and each begins every other time. Each round
 * asks for a broadcast that there is, in every way (search/misspelling.ts). `found` is how often the answer
 * has the broadcast that was meant.
 */
import { DatabaseSync } from "node:sqlite";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Searchable } from "../../server/directory/broadcast_search.ts";
import { BroadcastIndex } from "../../server/directory/search/io/broadcast_index.ts";
import { wordsOf } from "../../server/directory/search/words.ts";
import { ms, print, row } from "./printing.ts";
import { madeUpBroadcasts } from "./search/made_up_broadcasts.ts";
import { misspell } from "./search/misspelling.ts";

const SEED = 20_261_128;
/** As many as the directory asks for, which filters and pages them. */
const LIMIT = 1000;
/** A word of fewer letters is not corrected. */
const LEAST_CORRECTED = 4;

export interface SearchPlan {
  readonly broadcasts: number;
  readonly rounds: number;
}
export const WHOLE_SEARCH: SearchPlan = { broadcasts: 100_000, rounds: 200 };

/** What somebody types who means a broadcast. */
interface Asked {
  readonly right: readonly string[];
  readonly typed: readonly string[];
}
type Way = (broadcast: Searchable, rng: SeededRng) => Asked;

const teams = ({ home, away }: Searchable) => wordsOf(`${home} ${away}`);
const exactly = (words: readonly string[]): Asked => ({ right: words, typed: words });
const canBeMisspelt = (word: string) => word.length >= LEAST_CORRECTED && !/\p{N}/u.test(word);

const WAYS: Readonly<Record<string, Way>> = {
  "both teams": (broadcast) => exactly(teams(broadcast)),
  "one team": ({ home }) => exactly(wordsOf(home)),
  "the longest word": (broadcast) => exactly([longest(broadcast)]),
  "three letters of it": (broadcast) => exactly([longest(broadcast).slice(0, 3)]),
  "one letter of it": (broadcast) => exactly([longest(broadcast).slice(0, 1)]),
  "only that, misspelt": (broadcast, rng) => {
    const word = longest(broadcast);
    return { right: [word], typed: [misspell(word, rng)] };
  },
  "one word misspelt": (broadcast, rng) => {
    const [words, word] = [teams(broadcast), longest(broadcast)];
    return { right: words, typed: words.map((one) => one === word ? misspell(one, rng) : one) };
  },
  "all words misspelt": (broadcast, rng) => {
    const words = teams(broadcast);
    return {
      right: words,
      typed: words.map((one) => canBeMisspelt(one) ? misspell(one, rng) : one),
    };
  },
};

function longest(broadcast: Searchable): string {
  return teams(broadcast).reduce((one, other) => other.length > one.length ? other : one);
}

/** The search without corrections, as it would be written first. */
class PlainSearch {
  readonly #database = new DatabaseSync(":memory:");
  readonly #find;

  constructor(broadcasts: readonly Searchable[]) {
    this.#database.exec(
      `CREATE VIRTUAL TABLE entry USING fts5(id UNINDEXED, title, sport, home, away,
      tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'); BEGIN`,
    );
    const insert = this.#database.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?)");
    for (const { id, title, sport, home, away } of broadcasts) {
      insert.run(id, title, sport, home, away);
    }
    this.#database.exec("COMMIT");
    const sql = "SELECT id FROM entry WHERE entry MATCH ? ORDER BY rank LIMIT ?";
    this.#find = this.#database.prepare(sql);
  }

  find(words: readonly string[], limit: number): readonly string[] {
    const query = words.map((word) => `"${word}"*`).join(" ");
    return this.#find.all(query, limit).map(({ id }) => String(id));
  }
}

interface Measured {
  readonly plain: number[];
  readonly search: number[];
  found: number;
}

/** Prints how long each way of asking takes. */
export function benchSearch({ broadcasts: count, rounds }: SearchPlan): void {
  const rng = new SeededRng(SEED);
  const broadcasts = madeUpBroadcasts(count, SEED);
  const [index, filling] = timed(() => indexOf(broadcasts));
  const [plain, fillingPlain] = timed(() => new PlainSearch(broadcasts));
  const words = new Set(broadcasts.flatMap((one) => wordsOf(`${one.title} ${one.sport}`)));
  print(
    `Search over ${count} broadcasts with ${words.size} words, ${rounds} rounds, at most ${LIMIT} found`,
  );
  print(`  filled in ${ms(filling)}, the plain index in ${ms(fillingPlain)}`);
  const measured = new Map<string, Measured>();
  for (const way of Object.keys(WAYS)) measured.set(way, { plain: [], search: [], found: 0 });
  for (let round = 0; round < rounds; round++) {
    const broadcast = broadcasts[Math.floor(rng.float() * broadcasts.length)]!;
    for (const [name, way] of Object.entries(WAYS)) {
      measure(measured.get(name)!, { index, plain }, way(broadcast, rng), broadcast.id);
    }
  }
  printTable(measured);
}

function indexOf(broadcasts: readonly Searchable[]): BroadcastIndex {
  const index = new BroadcastIndex();
  for (const broadcast of broadcasts) index.put(broadcast);
  // The first search ends the transaction.
  index.find("a", 1);
  return index;
}

interface Searches {
  readonly index: BroadcastIndex;
  readonly plain: PlainSearch;
}

function measure(measured: Measured, { index, plain }: Searches, asked: Asked, id: string): void {
  const askPlain = () => {
    measured.plain.push(timed(() => plain.find(asked.right, LIMIT))[1]);
  };
  const isPlainFirst = measured.plain.length % 2 === 0;
  if (isPlainFirst) askPlain();
  const [found, millis] = timed(() => index.find(asked.typed.join(" "), LIMIT));
  measured.search.push(millis);
  if (found.includes(id)) measured.found++;
  if (!isPlainFirst) askPlain();
}

function timed<Result>(work: () => Result): readonly [Result, millis: number] {
  const start = performance.now();
  return [work(), performance.now() - start];
}

function printTable(measured: ReadonlyMap<string, Measured>): void {
  print(
    "  asked for              plain p50       p99     search p50       p99     worst   to plain   found",
  );
  for (const [name, { plain, search, found }] of measured) {
    const cells = row([
      [ms(quantile(plain, 0.5)), 11],
      [ms(quantile(plain, 0.99)), 10],
      [ms(quantile(search, 0.5)), 15],
      [ms(quantile(search, 0.99)), 10],
      [ms(Math.max(...search)), 10],
      [`${(sum(search) / sum(plain)).toFixed(2)} x`, 11],
      [`${(100 * found / search.length).toFixed(0)} %`, 8],
    ]);
    print(`  ${name.padEnd(21)}${cells}`);
  }
  print("");
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

if (import.meta.main) {
  const number = (name: string, otherwise: number) =>
    Number(Deno.args.find((word) => word.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
  benchSearch({
    broadcasts: number("broadcasts", WHOLE_SEARCH.broadcasts),
    rounds: number("rounds", WHOLE_SEARCH.rounds),
  });
}
