import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BEAM_SETUP } from "../../server/origin/data/simulate_beam.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { PICTURES } from "../shared/data/pictures.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { type JsonLine, listen, serve, Streamer } from "./streamer.ts";

/** What listeners make of live data: lines, a folder, and the addresses of the page for scripts. */
const MESSAGES = 120;
/** Every tenth message has a picture, in turn a PNG and raw pixels that can't be made shorter. */
const PNG = PICTURES["png"]![1];
const RAW = { width: 200, height: 150, format: "rgb24" };
/** So long that a busy machine makes nothing late. */
const LATENCY = ["--latency", "2s"];

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const dataOf = (program: Streamer) => program.lines.filter(({ kind }) => kind === "data");
const without = ({ kind: _kind, ...line }: JsonLine) => line;

interface SourceMessage {
  readonly time: number;
  readonly values: Record<string, unknown>;
  readonly picture?: Uint8Array;
}

function sourceMessages(): SourceMessage[] {
  const rng = new SeededRng(11);
  return Array.from({ length: MESSAGES }, (_, index) => {
    const values = { number: index + 1, mode: "run", wave: [index, index / 7, -1 - index] };
    const time = 1_763_600_000_000 + index * 20;
    if (index % 10 !== 3) return { time, values };
    const isRaw = index % 20 === 3;
    return { time, values, picture: isRaw ? rng.bytes(RAW.width * RAW.height * 3) : PNG };
  });
}

const isPng = ({ picture }: SourceMessage) => picture === PNG;

/** A file for `--data`; the PNG is a file beside it. */
async function writeSource(folder: TemporaryFolder): Promise<SourceMessage[]> {
  const messages = sourceMessages();
  const png = { path: "a.png", mimeType: "image/png" };
  const lines = messages.map(({ time, values, picture }) => {
    const image = picture === PNG ? png : picture && { base64: picture.toBase64(), ...RAW };
    return JSON.stringify({ time, values, ...(image && { image }) });
  });
  await Deno.writeFile(folder.file("a.png"), PNG);
  await Deno.writeTextFile(folder.file("data.ndjson"), `${lines.join("\n")}\n`);
  return messages;
}

/** The line of a message, as the contract has it. */
function expectedLine(message: SourceMessage, index: number, isRecorded: boolean): object {
  const { time, values, picture } = message;
  const count = index + 1;
  if (!picture) return { count, time, values };
  const about = isPng(message)
    ? { mimeType: "image/png", width: 4, height: 2 }
    : { mimeType: "application/octet-stream", ...RAW };
  const file = isRecorded && { file: `${count}.${isPng(message) ? "png" : "raw"}` };
  const facts = { bytes: picture.length, sha256: sha256(picture) };
  return { count, time, values, image: { ...about, ...facts, ...file } };
}

/** Checks that a recording is whole lines, and each picture that they name the source's. */
function readRecording(
  folder: string,
  source: readonly SourceMessage[],
): Record<string, unknown>[] {
  const lines = Deno.readTextFileSync(`${folder}/data.ndjson`).split("\n");
  assert.equal(lines.pop(), "", "a line is not whole");
  return lines.map((text) => {
    const line: Omit<JsonLine, "kind"> = JSON.parse(text);
    const index = line["count"] - 1;
    assert.deepEqual(line, expectedLine(source[index]!, index, true));
    if (line.image) {
      const bytes = Deno.readFileSync(`${folder}/${line.image.file}`);
      assert.equal(sha256(bytes), line.image.sha256);
    }
    return line;
  });
}

async function serveSource(folder: TemporaryFolder, listeners: number) {
  const source = await writeSource(folder);
  const pace = ["--interval", "20ms", "--wait-for", String(listeners)];
  return { source, ...await serve(["--data", folder.file("data.ndjson"), ...pace]) };
}

Deno.test("lines and recordings have each message and picture of the source; killed, a recording has whole ones", async () => {
  await using folder = new TemporaryFolder();
  const { source, host, link } = await serveSource(folder, 3);
  await using _host = host;
  const [whole, part] = [folder.file("new/whole"), folder.file("part")];
  await using recorder = listen([link, ...LATENCY, "--record-data", whole]);
  await using killed = listen([link, ...LATENCY, "--record-data", part]);
  await using plain = listen([link, ...LATENCY]);
  await killed.line("recording");
  const recorded = () => Deno.readTextFileSync(`${part}/data.ndjson`).split("\n").length - 1;
  while (recorded() < MESSAGES / 3) await sleep(10);
  killed.kill("SIGKILL");
  for (const [program, isRecorded] of [[recorder, true], [plain, false]] as const) {
    const { channels } = await program.end();
    assert.equal(program.stderr, "");
    const expected = source.map((message, index) => expectedLine(message, index, isRecorded));
    assert.deepEqual(dataOf(program).map(without), expected);
    assert.deepEqual(
      [channels[0].channel, channels[0].messagesReceived, channels[0].messagesDropped],
      ["data", MESSAGES, 0],
    );
    // Inferred from the first messages, so it may come after them.
    const setup = await program.line("data-setup");
    assert.deepEqual(Object.keys(setup.values).sort(), ["mode", "number", "wave"]);
  }
  const recordings = recorder.lines.filter(({ kind }) => kind === "recording");
  assert.deepEqual(recordings.map(without), [{ channel: "data", file: `${whole}/data.ndjson` }]);
  assert.deepEqual(readRecording(whole, source), dataOf(recorder).map(without));
  await killed.finished;
  const kept = readRecording(part, source).map(({ count }) => count);
  assert.ok(kept.length >= MESSAGES / 3);
  assert.deepEqual(kept, kept.map((_, index) => index + 1));
});

Deno.test("a folder with a recording is left for another; a folder that can't be used is said before joining", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("beam");
  const { host, link } = await serve(["--simulate-data", "--interval", "50ms"]);
  await using _host = host;
  const record = ["--record-data", path, "--duration", "1s"];
  await using first = listen([link, ...record]);
  await first.end();
  const before = Deno.readTextFileSync(`${path}/data.ndjson`);
  await using second = listen([link, ...record]);
  await second.end();
  assert.equal(Deno.readTextFileSync(`${path}/data.ndjson`), before);
  const first2 = JSON.parse(Deno.readTextFileSync(`${path}-2/data.ndjson`).split("\n")[0]!);
  assert.ok(first2.count > 1);
  assert.ok(Deno.statSync(`${path}-2/${first2.image.file}`).size === first2.image.bytes);
  assert.equal(
    second.stderr,
    `--record-data ${path} has a recording, which is not overwritten: recording to ${path}-2\n`,
  );
  const file = `${path}/data.ndjson`;
  await using third = listen([link, "--record-data", file]);
  await third.end(1);
  assert.equal(
    third.stderr,
    `Error: --record-data ${file} is not a folder: choose another name\n`,
  );
});

Deno.test({
  name: "a full disk ends the recording with whole lines, in one line; the listener goes on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const { source, host, link } = await serveSource(folder, 1);
    await using _host = host;
    const path = folder.file("full");
    // Less than a raw picture.
    const given = { fileBlocks: 64 };
    await using listener = listen([link, ...LATENCY, "--record-data", path], given);
    await listener.end();
    assert.equal(dataOf(listener).length, MESSAGES);
    assert.match(
      listener.stderr,
      /^--record-data ".*" can't be written \(.*\); the recording ends here, listening continues\n$/,
    );
    const kept = readRecording(path, source);
    assert.deepEqual(kept.map(({ count }) => count), [1, 2, 3]);
    const names = [...Deno.readDirSync(path)].map(({ name }) => name);
    assert.deepEqual(names, ["data.ndjson"]);
  },
});

/** Reads the events of a stream until `isEnough`. */
async function readEvents(
  response: Response,
  isEnough: (events: readonly { name: string; line: JsonLine }[]) => boolean,
) {
  assert.equal(response.headers.get("Content-Type"), "text/event-stream");
  const events: { name: string; line: JsonLine }[] = [];
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [, name, line] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      if (name) events.push({ name, line: JSON.parse(line!) });
    }
    if (isEnough(events)) break;
  }
  return events;
}

/** Asks again while the answer is 503. */
async function ask(url: string): Promise<Response> {
  for (;;) {
    const response = await fetch(url);
    if (response.status !== 503) return response;
    await response.body?.cancel();
    await sleep(100);
  }
}

Deno.test("the page's addresses give scripts the last message, its table, the last picture, and all lines", async () => {
  const { host, link } = await serve(["--simulate-data", "--interval", "100ms"]);
  await using _host = host;
  await using viewer = new Streamer(["view", link, "--http", "127.0.0.1:0", "--json"]);
  const { url } = await viewer.line("ready");
  const setup = { kind: "data-setup", values: BEAM_SETUP.values };

  const json = await (await ask(`${url}api/data`)).json();
  const printed = await viewer.line("data", ({ count }) => count === json.count);
  assert.deepEqual(json, without(printed));

  const table = await (await ask(`${url}api/data.csv`)).text();
  const [names, values, end] = table.split("\r\n");
  assert.equal(names, ["count", "time", ...Object.keys(BEAM_SETUP.values).sort()].join(","));
  const count = Number(values!.split(",")[0]);
  const row = await viewer.line("data", (line) => line.count === count);
  const sorted = Object.keys(row.values).sort();
  const cells = [row.count, row.time, ...sorted.map((name) => row.values[name])];
  assert.deepEqual([values, end], [cells.join(","), ""]);

  const picture = await ask(`${url}api/data/image`);
  const bytes = await picture.bytes();
  const { headers } = picture;
  const of = await viewer.line("data", (line) => String(line.count) === headers.get("Data-Count"));
  assert.equal(sha256(bytes), of.image.sha256);
  assert.equal(headers.get("ETag"), `"${of.image.sha256}"`);
  assert.deepEqual(
    ["Image-Width", "Image-Height", "Image-Format"].map((name) => headers.get(name)),
    ["320", "240", "gray16le"],
  );

  await viewer.line("data-setup");
  const stream = await fetch(`${url}api/events`);
  const events = await readEvents(stream, (all) => all.filter(isData).length > 12);
  const head = events.slice(0, 4).map(({ name }) => name);
  assert.deepEqual(head, ["joined", "connection", "data-setup", "data"]);
  assert.deepEqual(events[2]!.line, setup);
  assert.ok(events.some(({ name }) => name === "stats"));
  for (const { name, line } of events) assert.equal(line.kind, name);
  const counts = events.filter(isData).map(({ line }) => line.count as number);
  assert.deepEqual(counts, counts.map((_, index) => counts[0]! + index));
  const last = await viewer.line("data", (line) => line.count === counts.at(-1));
  assert.deepEqual(events.filter(isData).at(-1)!.line, last);

  for (const path of ["api/data", "api/data.csv", "api/data/image", "api/events"]) {
    const refused = await fetch(url + path, { headers: { Origin: "http://evil.example" } });
    assert.equal(refused.status, 403, path);
    await refused.body?.cancel();
  }
  const toEnd = await fetch(`${url}api/events`);
  viewer.kill("SIGINT");
  const lines = await readEvents(toEnd, () => false);
  const { name, line } = lines.at(-1)!;
  assert.deepEqual([name, line.reason], ["summary", "interrupted"]);
  await viewer.end();
});

const isData = ({ name }: { readonly name: string }) => name === "data";
