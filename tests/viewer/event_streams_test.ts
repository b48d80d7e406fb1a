import assert from "node:assert/strict";
import fc from "fast-check";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { DataHead } from "../../shared/data/data_message.ts";
import { EventStreams, type EventStreamsOptions } from "../../viewer/event_streams.ts";
import { head } from "../shared/data/messages.ts";
import { joined, sampleEvent } from "./fakes/outputs.ts";

const LEDGER = { at: 5, channels: [], junk: {} };
const STATS: ListenerOutput = { kind: "stats", ledger: LEDGER };
const CONNECTED: ListenerOutput = { kind: "connection", state: "connected" };
const SETUP: ListenerOutput = {
  kind: "data-setup",
  setup: { values: { energy: { title: "Energy", unit: "MeV" } } },
};
const data = (count: number, changes: Partial<DataHead> = {}): ListenerOutput => ({
  kind: "data",
  channel: "data",
  message: { head: head({ count, values: { energy: 5.8 }, ...changes }) },
  at: 0,
});
const event = (count: number): ListenerOutput => ({
  kind: "event",
  channel: "events",
  event: sampleEvent({ count }),
});

function set(options: Partial<EventStreamsOptions> = {}) {
  return new EventStreams({ ledger: () => LEDGER, ...options });
}

interface Event {
  readonly name: string;
  // deno-lint-ignore no-explicit-any -- the lines have many forms
  readonly line: any;
}

/** Reads a stream as a browser's EventSource does (HTML Living Standard section 9.2.6). */
class Reader {
  readonly comments: string[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(body: ReadableStream<Uint8Array> | undefined) {
    this.#reader = body!.getReader();
  }

  /** The next so many events. */
  async next(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) {
      const block = await this.#block();
      assert.notEqual(block, undefined, "the stream has ended");
      const event = this.#read(block!);
      if (event) events.push(event);
    }
    return events;
  }

  /** All events up to the end. */
  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let block = await this.#block(); block !== undefined; block = await this.#block()) {
      const event = this.#read(block);
      if (event) events.push(event);
    }
    return events;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }

  async #block(): Promise<string | undefined> {
    while (!this.#text.includes("\n\n")) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += new TextDecoder().decode(value);
    }
    const end = this.#text.indexOf("\n\n");
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return block;
  }

  #read(block: string): Event | undefined {
    if (block.startsWith(":")) return void this.comments.push(block);
    const lines = block.split("\n");
    assert.equal(lines.length, 2, block);
    const [, name] = /^event: (.+)$/.exec(lines[0]!)!;
    return { name: name!, line: JSON.parse(/^data: (.+)$/.exec(lines[1]!)![1]!) };
  }
}

const names = (events: readonly Event[]) => events.map(({ name }) => name);
const counts = (events: readonly Event[]) =>
  events.filter(({ name }) => name === "data").map(({ line }) => line.count);

Deno.test("every line of --json is an event, named by its kind, in order", async () => {
  const streams = set();
  const reader = new Reader(streams.open());
  const outputs = [joined(), CONNECTED, SETUP, event(1), data(1), STATS, data(2)];
  for (const output of outputs) streams.publish(output);
  streams.publish({ kind: "audio", channel: "audio", frames: [], mediaTime: 0, lostBefore: 0 });
  streams.publish({ kind: "notice", text: "for people" });
  streams.publish({ kind: "ended", reason: "bye" });
  streams.close();
  const events = await reader.rest();
  const kinds = ["joined", "connection", "data-setup", "event", "data", "stats", "data", "summary"];
  assert.deepEqual(names(events), kinds);
  for (const { name, line } of events) assert.equal(line.kind, name);
  assert.deepEqual(events[4]!.line, {
    kind: "data",
    count: 1,
    time: 1_763_600_000_000,
    values: { energy: 5.8 },
  });
  assert.deepEqual(events[2]!.line.values, { energy: { title: "Energy", unit: "MeV" } });
  assert.deepEqual(events.at(-1)!.line, {
    kind: "summary",
    reason: "bye",
    roundTripTime: null,
    channels: [],
  });
});

Deno.test("text of the source can't end an event or begin another", async () => {
  const streams = set();
  const reader = new Reader(streams.open());
  const text = "a\n\nevent: joined\r\ndata: {}\u2028\u0085\n\n";
  streams.publish(data(1, { values: { text } }));
  const [first] = await reader.next(1);
  assert.equal(first!.line.values.text, text);
});

Deno.test("a reader that comes later is first told how things are, not what happened before", async () => {
  const streams = set();
  const outputs = [joined(), CONNECTED, SETUP, data(1), event(1), STATS, data(2)];
  for (const output of outputs) streams.publish(output);
  const reader = new Reader(streams.open());
  streams.publish(data(3));
  const events = await reader.next(5);
  assert.deepEqual(names(events), ["joined", "connection", "data-setup", "data", "data"]);
  assert.deepEqual(counts(events), [2, 3]);
});

Deno.test("data of another broadcast is not told to a reader that comes later", async () => {
  const streams = set();
  for (const output of [joined(), SETUP, data(9), joined({}, true)]) streams.publish(output);
  assert.deepEqual(counts(await new Reader(streams.open()).next(3)), [9]);
  streams.publish(joined({ broadcastId: "00000000000000dd" }));
  const reader = new Reader(streams.open());
  streams.publish(STATS);
  assert.deepEqual(names(await reader.next(2)), ["joined", "stats"]);
});

Deno.test("a slow reader skips whole messages of data, the oldest first, and is told how many; others miss nothing", async () => {
  const streams = set({ maxBytes: 1000 });
  const [slow, quick] = [new Reader(streams.open()), new Reader(streams.open())];
  const seen: Event[] = [];
  for (let count = 1; count <= 50; count++) {
    const outputs = [data(count), ...(count % 25 === 0 ? [event(count)] : [])];
    for (const output of outputs) streams.publish(output);
    seen.push(...await quick.next(outputs.length));
  }
  assert.deepEqual(counts(seen), Array.from({ length: 50 }, (_, index) => index + 1));
  streams.close();
  const events = await slow.rest();
  assert.deepEqual(
    events.filter(({ name }) => name === "event").map(({ line }) => line.event.count),
    [25, 50],
  );
  const kept = counts(events);
  assert.ok(kept.length > 0 && kept.length < 50);
  const newest = Array.from({ length: kept.length }, (_, index) => 51 - kept.length + index);
  assert.deepEqual(kept, newest);
  const lost = 50 - kept.length;
  assert.deepEqual(slow.comments, [
    `: ${lost} lines were left out, because this stream is read too slowly`,
  ]);
  assert.equal(streams.losses.get("eventsDropped"), lost);
});

Deno.test("a message that is longer than all that may wait is left out alone", async () => {
  const streams = set({ maxBytes: 1000 });
  const reader = new Reader(streams.open());
  streams.publish(event(1));
  streams.publish(data(1, { values: { text: "x".repeat(1000) } }));
  streams.publish(event(2));
  assert.deepEqual(names(await reader.next(2)), ["event", "event"]);
});

Deno.test("whatever comes and however slowly it is read, little waits, and the order is kept", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("data", "event", "stats", "read"), { maxLength: 200 }),
      fc.integer({ min: 300, max: 3000 }),
      async (steps, maxBytes) => {
        const streams = set({ maxBytes });
        const reader = new Reader(streams.open());
        let [sent, waiting] = [0, 0];
        const read: Event[] = [];
        for (const step of steps) {
          if (step === "read") {
            if (waiting > 0) read.push(...await reader.next(1));
            waiting = 0;
            continue;
          }
          sent++;
          waiting++;
          const output = { data: data(sent), event: event(sent), stats: STATS }[step];
          streams.publish(output);
        }
        streams.close();
        read.push(...await reader.rest());
        const numbered = read.flatMap(({ line }) => line.count ?? line.event?.count ?? []);
        assert.deepEqual(numbered, numbered.toSorted((one, other) => one - other));
        assert.equal(read.length + streams.losses.get("eventsDropped"), sent);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("a stream with nothing to say says that it is open; one with something does not", async () => {
  const streams = set();
  const reader = new Reader(streams.open());
  streams.beat();
  streams.beat();
  streams.publish(STATS);
  streams.beat();
  streams.close();
  assert.deepEqual(names(await reader.rest()), ["stats"]);
  assert.deepEqual(reader.comments, [":"]);
});

Deno.test("so many streams and no more; one that ends makes room", async () => {
  const streams = set({ maxStreams: 2 });
  const [first, second] = [new Reader(streams.open()), new Reader(streams.open())];
  assert.equal(streams.open(), undefined);
  assert.deepEqual([streams.count, streams.losses.get("streamsRefused")], [2, 1]);
  const waiting = second.next(1);
  await first.cancel();
  assert.equal(streams.count, 1);
  assert.notEqual(streams.open(), undefined);
  streams.publish(STATS);
  assert.deepEqual(names(await waiting), ["stats"]);
});

Deno.test("no line is made of messages while nobody reads", () => {
  const streams = set();
  let asked = 0;
  const output = data(1);
  assert.ok(output.kind === "data");
  const values = {
    get energy() {
      asked++;
      return 1;
    },
  };
  streams.publish({ ...output, message: { head: { ...output.message.head, values } } });
  assert.equal(asked, 0);
});
