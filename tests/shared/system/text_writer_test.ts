import assert from "node:assert/strict";
import { TextWriter, type WriterNews } from "../../../shared/system/text_writer.ts";

/** What writing to it does, one after the other; then everything is written. */
type Step = Error | number | Promise<void>;

class ScriptedStream {
  text = "";
  calls = 0;
  readonly #steps: Step[];
  readonly #decoder = new TextDecoder();

  constructor(...steps: Step[]) {
    this.#steps = steps;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.calls++;
    const step = this.#steps.shift() ?? bytes.length;
    if (step instanceof Error) throw step;
    if (step instanceof Promise) await step;
    const count = typeof step === "number" ? Math.min(step, bytes.length) : bytes.length;
    this.text += this.#decoder.decode(bytes.subarray(0, count), { stream: true });
    return count;
  }
}

function set(stream: ScriptedStream, capacityBytes?: number) {
  const news: WriterNews[] = [];
  const onNews = (item: WriterNews) => void news.push(item);
  return { writer: new TextWriter(stream, { capacityBytes, onNews }), news };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

const DISK_FULL = new Error("No space left on device (os error 28)");
const TERMINAL_GONE = new Error("Input/output error (os error 5)");

Deno.test("everything is written, in order, however little the stream takes at once", async () => {
  const stream = new ScriptedStream(1, 0, 2, new Deno.errors.WouldBlock(""), 3);
  const { writer, news } = set(stream);
  for (const text of ["one\n", "zwölf\n", "three\n"]) writer.write(text);
  assert.equal(await writer.flush(), "written");
  assert.equal(stream.text, "one\nzwölf\nthree\n");
  assert.deepEqual(news, []);
});

Deno.test("texts that follow each other fast share calls, and two flushes at once miss none of them", async () => {
  const stream = new ScriptedStream();
  const { writer } = set(stream);
  let written = "";
  for (let number = 0; number < 100; number++) {
    writer.write(`text ${number}\n`);
    written += `text ${number}\n`;
    // Each call ends before the next text.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
  assert.deepEqual(await Promise.all([writer.flush(), writer.flush()]), ["written", "written"]);
  assert.equal(stream.text, written);
  assert.ok(stream.calls < 50, `${stream.calls} calls`);
});

Deno.test("while more waits than a call takes, nothing pauses", async () => {
  const stream = new ScriptedStream();
  const { writer } = set(stream);
  const line = `${"x".repeat(199)}\n`;
  for (let count = 0; count < 1000; count++) writer.write(line);
  await nextTurn();
  assert.ok(stream.text.length > 199_000 - 4096, `${stream.text.length} characters so far`);
  assert.equal(await writer.flush(), "written");
  assert.equal(stream.text.length, 200_000);
});

Deno.test("after an empty text, or one that has no room, the next one is written", async () => {
  const stream = new ScriptedStream();
  const { writer } = set(stream, 100);
  writer.write("");
  writer.write("x".repeat(1000));
  writer.write("two\n");
  assert.equal(await writer.flush(), "left-out");
  assert.equal(stream.text, "two\n");
});

Deno.test("while nobody reads, writing does not wait, and a reader that returns is told what is missing", async () => {
  let open = () => {};
  const stream = new ScriptedStream(new Promise((resolve) => open = resolve));
  const { writer, news } = set(stream, 2000);
  for (let number = 0; number < 100; number++) {
    writer.write(`news ${number}\n`);
    writer.write(`status ${number}\n`, "status");
  }
  assert.equal(stream.text, "");
  assert.equal(stream.calls, 1, "the call that blocks is the only one");
  open();
  assert.equal(await writer.flush(), "left-out");
  const lines = stream.text.trimEnd().split("\n");
  assert.equal(lines[0], "news 0");
  assert.equal(lines.at(-1), "news 99");
  const [told, ...more] = news;
  assert.ok(told?.kind === "left-out" && more.length === 0);
  assert.equal(told.leftOut.news + told.leftOut.status + lines.length, 200);
});

Deno.test("those who can wait are told when the reader is behind, and when it has caught up or is gone", async () => {
  for (const gone of [undefined, new Deno.errors.BrokenPipe("")]) {
    let open = (_error?: Error) => {};
    const blocked = new Promise<void>((resolve, reject) =>
      open = (error) => error ? reject(error) : resolve()
    );
    const stream = new ScriptedStream(blocked);
    const { writer, news } = set(stream, 100_000);
    await writer.catchUp();
    let written = 0;
    while (!writer.isBehind) writer.write(`event ${++written}\n`.padStart(200));
    assert.ok(written > 50 && written < 150, `${written} lines before it is behind`);
    let hasCaughtUp = false;
    const catchingUp = writer.catchUp().then(() => hasCaughtUp = true);
    await Promise.resolve();
    assert.equal(hasCaughtUp, false);
    open(gone);
    await catchingUp;
    assert.equal(writer.isBehind, false);
    assert.equal(await writer.flush(), gone ? "gone" : "written");
    assert.deepEqual(news, []);
    if (!gone) assert.equal(stream.text.split("\n").length - 1, written);
  }
});

Deno.test("at the end the writer waits briefly for a reader that does not read, and longer for one that does", async () => {
  const never = new ScriptedStream(new Promise(() => {}));
  const { writer, news } = set(never);
  writer.write("one\ntwo\n");
  writer.write("three\n");
  assert.equal(await writer.flush(), "left-out");
  assert.deepEqual(news, [{ kind: "left-out", leftOut: { news: 3, status: 0 } }]);

  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 700));
  // Each text is a write of its own, and two of them take longer than one may.
  const slow = set(new ScriptedStream(pause(), pause().then(pause)));
  slow.writer.write("x".repeat(4000));
  slow.writer.write("y".repeat(4000));
  assert.equal(await slow.writer.flush(), "written");
});

Deno.test("a reader can be waited for until somebody loses patience", async () => {
  const impatience = new AbortController();
  const { writer } = set(new ScriptedStream(new Promise(() => {})));
  writer.write("a page\n");
  let isOver = false;
  const flushed = writer.flush(impatience.signal).finally(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(isOver, false);
  impatience.abort();
  assert.equal(await flushed, "left-out");
});

Deno.test("a full disk is reported once, written bytes are counted, and a torn line gets a line of its own", async () => {
  const stream = new ScriptedStream(3, DISK_FULL, DISK_FULL);
  const { writer, news } = set(stream);
  writer.write('{"a":1}\n');
  await writer.flush();
  writer.write('{"a":2}\n');
  await writer.flush();
  writer.write('{"a":3}\n');
  assert.equal(await writer.flush(), "left-out");
  assert.equal(stream.text, '{"a\n{"a":3}\n');
  assert.deepEqual(news.filter(({ kind }) => kind === "failed"), [
    { kind: "failed", reason: DISK_FULL.message },
  ]);
  const lost = news.map((item) => item.kind === "left-out" ? item.leftOut.news : 0);
  assert.equal(lost.reduce((sum, count) => sum + count), 2);
});

for (const error of [new Deno.errors.BrokenPipe(""), TERMINAL_GONE]) {
  Deno.test(`a reader that has gone (${error.name}) is no failure, and is not written to again`, async () => {
    const stream = new ScriptedStream(3, error);
    const { writer, news } = set(stream);
    writer.write("one\n");
    assert.equal(await writer.flush(), "gone");
    writer.write("two\n");
    assert.equal(await writer.flush(), "gone");
    assert.equal(stream.calls, 2);
    assert.deepEqual(news, []);
  });
}
