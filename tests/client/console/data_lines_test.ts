import assert from "node:assert/strict";
import { DataLines } from "../../../client/console/data_lines.ts";
import { dataLine } from "../../../client/playing/data/data_line.ts";
import { MAX_HEAD_BYTES } from "../../../shared/data/data_message.ts";
import { TextWriter } from "../../../shared/system/text_writer.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { head } from "../../shared/data/messages.ts";

const IMAGE = {
  mimeType: "application/octet-stream",
  bytes: 12,
  sha256: "ab".repeat(32),
  width: 3,
  height: 2,
  format: "gray16le",
  deflated: true,
} as const;

Deno.test("each line is the contract's, in its order of names", () => {
  const terminal = new FakeTerminal();
  const lines = new DataLines(terminal, () => {});
  lines.onMessage(dataLine(head({ values: { b: [1, "\u202e"], a: true } })));
  lines.onMessage(dataLine(head({ count: 18, values: {}, image: IMAGE }), "18.raw"));
  const sha256 = "ab".repeat(32);
  assert.deepEqual(terminal.lines, [
    '{"kind":"data","count":17,"time":1763600000000,"values":{"b":[1,"\\u202e"],"a":true}}',
    '{"kind":"data","count":18,"time":1763600000000,"values":{},"image":{' +
    `"mimeType":"application/octet-stream","bytes":12,"sha256":"${sha256}",` +
    '"width":3,"height":2,"format":"gray16le","file":"18.raw"}}',
  ]);
});

/** A pipe whose reader reads only when it is told to. */
class Pipe {
  text = "";
  #reading: () => void = () => {};
  #isRead = false;

  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#isRead) await new Promise<void>((resolve) => this.#reading = resolve);
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  read(): void {
    this.#isRead = true;
    this.#reading();
  }
}

/** A terminal on a real writer, whose reader begins late. */
function set() {
  const pipe = new Pipe();
  const writer = new TextWriter(pipe);
  const notices: string[] = [];
  const terminal = Object.assign(new FakeTerminal(), {
    out: (text: string) => writer.write(text),
    reader: writer,
  });
  return { pipe, writer, notices, lines: new DataLines(terminal, (text) => notices.push(text)) };
}

const countsIn = (text: string) =>
  text.split("\n").slice(0, -1).map((line) => JSON.parse(line).count);
const range = (length: number) => Array.from({ length }, (_, index) => index + 1);

Deno.test("a reader that pauses for some seconds at 60 messages a second gets every one", async () => {
  const { pipe, writer, notices, lines } = set();
  const wave = Array.from({ length: 50 }, (_, index) => Math.sin(index));
  for (const count of range(600)) lines.onMessage(dataLine(head({ count, values: { wave } })));
  pipe.read();
  assert.equal(await writer.flush(), "written");
  assert.deepEqual(countsIn(pipe.text), range(600));
  assert.deepEqual(notices, []);
});

Deno.test("the longest message of all has a line, and leaves nothing else out", async () => {
  const { pipe, writer, lines } = set();
  // Each character is six bytes in a line, and two in a head.
  const text = "\u0085".repeat(1000);
  const values = Object.fromEntries(range(MAX_HEAD_BYTES / 2100 | 0).map((n) => [`v${n}`, text]));
  lines.onMessage(dataLine(head({ count: 1, values: {} })));
  lines.onMessage(dataLine(head({ count: 2, values })));
  pipe.read();
  assert.equal(await writer.flush(), "written");
  assert.deepEqual(countsIn(pipe.text), [1, 2]);
});

Deno.test("for a reader that is behind messages have no line; how many is said, other lines stay", async () => {
  const { pipe, writer, notices, lines } = set();
  const wave = Array.from({ length: 5000 }, (_, index) => Math.sin(index));
  writer.write('{"count":"first"}\n');
  for (const count of range(100)) lines.onMessage(dataLine(head({ count, values: { wave } })));
  writer.write('{"count":"last"}\n');
  pipe.read();
  assert.equal(await writer.flush(), "written");
  const [first, ...counts] = countsIn(pipe.text);
  assert.deepEqual([first, counts.pop()], ["first", "last"]);
  assert.ok(counts.length > 5 && counts.length < 100);
  assert.deepEqual(counts, range(counts.length));
  assert.deepEqual(notices, [
    `${100 - counts.length} messages of live data have no line: standard output is read too slowly`,
  ]);
  lines.onMessage(dataLine(head({ count: 101 })));
  await writer.flush();
  assert.deepEqual(countsIn(pipe.text).at(-1), 101);
});
