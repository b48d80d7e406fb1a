import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type PageData, PageDataCollector } from "../../shared/page/page_data.ts";
import { HISTORY_BINS, ValueHistory } from "../../shared/page/value_history.ts";
import { DataLog, type DataLogLimits, DataReader } from "../../viewer/data_log.ts";
import { BEGIN, image, message } from "./fakes/data.ts";

/** A page that reads when the test says so. */
class Page {
  dropped = 0;
  readonly #collector = new PageDataCollector();
  readonly reader: DataReader;

  constructor(log: DataLog, now: () => number = () => 0) {
    this.reader = new DataReader(log, (count) => this.dropped += count, now);
  }

  /** @returns what becomes whole with the next parts. */
  read(parts = Infinity): PageData[] {
    const contents: PageData[] = [];
    for (let taken = 0; taken < parts; taken++) {
      const part = this.reader.take();
      if (!part) break;
      const result = this.#collector.push(part);
      assert.ok(result.ok);
      if (result.value) contents.push(result.value);
    }
    return contents;
  }
}

/** `setup`, `history`, `picture 3`, `3` for message 3. */
function describe(contents: readonly PageData[]): string[] {
  return contents.map((content) => {
    if (!("message" in content)) return content.kind;
    const { count } = content.message.head;
    return content.kind === "picture" ? `picture ${count}` : String(count);
  });
}

function createLog(limits: Partial<DataLogLimits> = {}) {
  const log = new DataLog(limits);
  return { log, push: (count: number, now = 0) => log.push(message(count, { a: count }), now) };
}

Deno.test("a page gets each message once, whole and in order", () => {
  const { log, push } = createLog();
  const page = new Page(log);
  assert.deepEqual(describe(page.read()), ["history"]);
  assert.ok(page.reader.isEmpty);
  for (const count of [1, 2, 3]) push(count);
  assert.ok(!page.reader.isEmpty);
  assert.deepEqual(describe(page.read()), ["1", "2", "3"]);
  assert.ok(page.reader.isEmpty);
  assert.equal(page.dropped, 0);
});

Deno.test("a page that opens late gets set-up, history, the last picture and the last message, with their ages", () => {
  const { log, push } = createLog();
  log.setSetup({ values: { a: { title: "A" } } });
  log.push(message(1, { a: 1, mode: "run" }, image(300, 200)), 100);
  push(2, 1100);
  push(3, 2100);
  const contents = new Page(log, () => 2600).read();
  assert.deepEqual(describe(contents), ["setup", "history", "picture 1", "3"]);
  assert.deepEqual(contents.map((one) => "age" in one ? one.age : 0), [0, 0, 2500, 500]);
  const [, content] = contents;
  assert.ok(content?.kind === "history");
  const { interval, newest, values } = content.history;
  assert.equal(interval, 1000);
  assert.deepEqual(values.map(({ name, last }) => [name, last]), [["a", 3], ["mode", "run"]]);
  const copy = new ValueHistory();
  copy.put("a", values[0]!.bins, newest);
  assert.deepEqual(copy.points("a").last, [1, 2, 3]);
});

Deno.test("a picture in the last message is not sent twice", () => {
  const { log } = createLog();
  log.push(message(1, {}, image(300, 200)), 0);
  assert.deepEqual(describe(new Page(log).read()), ["history", "1"]);
});

Deno.test("messages that come while the history is read follow it", () => {
  const { log, push } = createLog();
  log.push(message(1, { a: 1, b: 1, c: 1, d: 1, e: 1 }), 0);
  const page = new Page(log);
  assert.deepEqual(describe(page.read(2)), ["history", "history"]);
  push(2);
  push(3);
  assert.deepEqual(describe(page.read()), ["history", "1", "2", "3"]);
});

Deno.test("a slow page skips whole messages, counted, and takes the one under way to its end", () => {
  const { log, push } = createLog();
  const page = new Page(log);
  page.read();
  log.push(message(1, {}, image(1024, 1024)), 0);
  assert.deepEqual(page.read(2), []);
  for (let count = 2; count <= 300; count++) push(count, count * 50);
  assert.deepEqual(describe(page.read()), ["1", "300"]);
  assert.equal(page.dropped, 298);
  push(301, 15_050);
  assert.deepEqual(describe(page.read()), ["301"]);
});

Deno.test("a new set-up goes to each page, before the next message", () => {
  const { log, push } = createLog();
  const page = new Page(log);
  push(1);
  page.read();
  log.setSetup({ values: {} });
  assert.ok(!page.reader.isEmpty);
  push(2);
  assert.deepEqual(describe(page.read()), ["setup", "2"]);
});

Deno.test("after another broadcast has begun nothing of the first is sent, and pages are told", () => {
  const { log, push } = createLog();
  log.setSetup({ values: { a: {} } });
  const [behind, upToDate] = [new Page(log), new Page(log)];
  push(1);
  behind.read(), upToDate.read();
  push(2);
  log.clear();
  assert.deepEqual(describe(new Page(log).read()), ["history"]);
  push(3);
  for (const page of [behind, upToDate]) {
    const contents = page.read();
    assert.deepEqual(describe(contents), ["history", "3"]);
    assert.ok(contents[0]?.kind === "history" && contents[0].history.isFirst);
    assert.equal(contents[0].history.epoch, 1);
    assert.deepEqual(contents[0].history.values.map(({ last }) => last), [3]);
    assert.ok(page.reader.isEmpty);
  }
});

Deno.test("names that come and go without end are not held without end", () => {
  const { log } = createLog();
  for (let count = 1; count <= 30; count++) {
    const names = Array.from({ length: 100 }, (_, at) => [`v${count}-${at}`, at] as const);
    log.push(message(count, Object.fromEntries(names)), 0);
  }
  assert.equal(log.historyParts, 500);
  assert.ok(log.history.bytes <= 1000 * HISTORY_BINS * 24);
});

Deno.test("whatever a page does, it gets whole messages in order, and those it misses are counted", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("push" as const), pixels: fc.integer({ min: 0, max: 300 }) }),
    fc.record({ do: fc.constant("read" as const), parts: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant("wait" as const), millis: fc.integer({ min: 1, max: 1500 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const { log } = createLog({ maxBytes: 200_000, maxMessages: 8 });
    let [now, pushed] = [0, 0];
    const page = new Page(log, () => now);
    page.read();
    const seen: number[] = [];
    const take = (contents: readonly PageData[]) => seen.push(...describe(contents).map(Number));
    for (const one of steps) {
      if (one.do === "wait") now += one.millis;
      else if (one.do === "read") take(page.read(one.parts));
      else {
        const picture = one.pixels > 0 ? image(one.pixels, one.pixels) : undefined;
        log.push(message(++pushed, { a: 1 }, picture, BEGIN + now), now);
      }
      assert.ok(log.bytes <= 200_000);
    }
    take(page.read());
    assert.deepEqual(seen, seen.toSorted((one, other) => one - other));
    assert.equal(new Set(seen).size + page.dropped, pushed);
    if (pushed > 0) assert.equal(seen.at(-1), pushed);
  }));
});
