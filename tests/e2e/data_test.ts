import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BEAM_SETUP } from "../../server/origin/data/simulate_beam.ts";
import { GIF, PICTURES } from "../shared/data/pictures.ts";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { testWithPipe } from "./pipes.ts";
import { type JsonLine, listen, serve, type Streamer } from "./streamer.ts";

/** Live data through the program: from each kind of source that needs no other program to the lines of listeners. */
const PNG = PICTURES["png"]![1];
const RAW = Uint8Array.from({ length: 4 * 2 * 2 }, (_, index) => index * 7);
const SETUP = {
  values: {
    energy: { title: "Energy", unit: "MeV", precision: 1, minimum: 0, maximum: 7000 },
    mode: { title: "Mode" },
  },
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** Long enough for a busy machine, so that no message comes too late to be shown. */
const PATIENT = ["--latency", "2s"];
const ndjson = (...messages: unknown[]) =>
  messages.map((one) => typeof one === "string" ? one : JSON.stringify(one)).join("\n") + "\n";
const bytesOf = (text: string) => new TextEncoder().encode(text);
const dataOf = (program: Streamer) => program.lines.filter(({ kind }) => kind === "data");
const valuesOf = (program: Streamer) => dataOf(program).map(({ values }) => values);
const noticesOf = (program: Streamer) => program.stderr.trim().split("\n");
const countsOf = ({ channels }: JsonLine) =>
  new Map<string, number>(
    channels.map(({ channel, packetCount }: JsonLine) => [channel, packetCount]),
  );

const MESSAGES = [
  { time: 1_763_600_000_000, values: { energy: 5800.1, mode: "run", wave: [1, 2.5, -3] } },
  { values: { energy: 5800.2 }, image: { path: "a.png", mimeType: "image/png" } },
  {
    time: "2026-05-01T18:00:00Z",
    values: { energy: 5800.3, "a <b>name</b>": true },
    image: { base64: RAW.toBase64(), width: 4, height: 2, format: "gray16le" },
  },
];

/** What a listener prints of {@linkcode MESSAGES}; the second one has the host's time. */
function checkMessages(lines: readonly JsonLine[]): void {
  assert.equal(lines.length, MESSAGES.length);
  const hostTime = lines[1]!["time"];
  assert.ok(Number.isInteger(Math.round(hostTime)) && Math.abs(hostTime - Date.now()) < 3_600_000);
  const image = { bytes: PNG.length, sha256: sha256(PNG), width: 4, height: 2 };
  const expected = [
    { count: 1, ...MESSAGES[0] },
    {
      count: 2,
      time: hostTime,
      values: MESSAGES[1]!.values,
      image: { mimeType: "image/png", ...image },
    },
    {
      count: 3,
      time: Date.parse("2026-05-01T18:00:00Z"),
      values: MESSAGES[2]!.values,
      image: {
        mimeType: "application/octet-stream",
        ...image,
        bytes: RAW.length,
        sha256: sha256(RAW),
        format: "gray16le",
      },
    },
  ];
  assert.deepEqual(lines, expected.map((line) => ({ kind: "data", ...line })));
}

/** What the file says comes first, and then the values that it does not have, as they appear. */
function checkSetups(lines: readonly JsonLine[]): void {
  const all = Object.entries({ ...SETUP.values, wave: {}, "a <b>name</b>": {} });
  assert.ok(lines.length > 0, "no set-up");
  for (const { values } of lines) {
    const count = Object.keys(values).length;
    assert.ok(count >= Object.keys(SETUP.values).length);
    assert.deepEqual(Object.entries(values), all.slice(0, count));
  }
}

for (const way of ["a file", "standard input"] as const) {
  Deno.test(`${way}: each message is the source's, its set-up comes with it, and its end ends all`, async () => {
    await using folder = new TemporaryFolder();
    await Deno.writeFile(folder.file("a.png"), PNG);
    await Deno.writeTextFile(folder.file("setup.json"), JSON.stringify(SETUP));
    const text = ndjson(...MESSAGES);
    await Deno.writeTextFile(folder.file("data.ndjson"), text);
    const isFile = way === "a file";
    const source = isFile ? folder.file("data.ndjson") : "-";
    const flags = ["--data", source, "--data-setup", folder.file("setup.json"), "--wait-for", "1"];
    const pace = ["--interval", "100ms"];
    const given = isFile ? {} : { stdin: bytesOf(text), cwd: folder.path };
    const { host, link } = await serve([...flags, ...pace], given);
    await using _host = host;
    const ready = await host.line("ready");
    assert.deepEqual(ready.channels.map(({ channel, codec }: JsonLine) => [channel, codec]), [
      ["data", "data"],
    ]);
    await using listener = listen([link, ...PATIENT]);
    const { channels } = await listener.end();
    checkMessages(dataOf(listener));
    checkSetups(listener.lines.filter(({ kind }) => kind === "data-setup"));
    const ledger = channels.find(({ channel }: JsonLine) => channel === "data");
    assert.deepEqual([ledger.messagesReceived, ledger.messagesDropped], [3, 0]);
    const summary = await host.end();
    assert.equal(summary.reason, "end of broadcast");
    assert.deepEqual(summary.data, { received: 3, refused: 0, superseded: 0, sent: 3 });
    const name = isFile ? `"${source}"` : "standard input";
    assert.deepEqual(noticesOf(host), [
      `--data ${name}: message 1: "wave" is not in --data-setup and is shown without title and unit`,
      `--data ${name}: message 3: "a <b>name</b>" is not in --data-setup and is shown without title and unit`,
    ]);
  });
}

Deno.test("a simulated beam: one message an interval, with picture and set-up, shown as it was sent", async () => {
  const { host, link } = await serve([
    ...["--simulate-data", "--interval", "100ms", "--wait-for", "1", "--duration", "3s"],
  ]);
  await using _host = host;
  await using listener = listen([link, ...PATIENT]);
  await listener.end();
  const lines = dataOf(listener);
  // A busy machine leaves intervals out.
  assert.ok(lines.length > 1 && lines.length <= 31, `${lines.length} messages`);
  assert.deepEqual(lines.map(({ count }) => count), lines.map((_, index) => index + 1));
  for (const { values, image } of lines) {
    assert.deepEqual(Object.keys(values), Object.keys(BEAM_SETUP.values));
    assert.deepEqual([image.width, image.height, image.format], [320, 240, "gray16le"]);
  }
  assert.equal(new Set(lines.map(({ image }) => image.sha256)).size, lines.length);
  const [setup] = listener.lines.filter(({ kind }) => kind === "data-setup");
  assert.deepEqual(setup, { kind: "data-setup", values: BEAM_SETUP.values });
  const { data } = await host.end();
  assert.deepEqual([data.refused, data.superseded], [0, 0]);
  // What is under way when the broadcast ends does not become whole.
  const cut = data.sent - lines.length;
  assert.ok(cut >= 0 && cut <= 2, `${cut} messages of ${data.sent} were not shown`);
});

/** Messages that are wrong, and what the host says of each; `undefined` where it is sent. */
type Bad = readonly [message: unknown, problem: RegExp | undefined];

/** @param hanging the address of a picture that never comes. */
function badMessages(hanging: string): readonly (readonly Bad[])[] {
  const many = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`v${index}`, index]),
  );
  const x = (value: unknown, image?: object) => ({ values: { x: value }, ...(image && { image }) });
  const mistyped = { base64: GIF.toBase64(), mimeType: "image/png" };
  return [[
    [x(1), undefined],
    [x(2, mistyped), /has a picture that is image\/gif, not "image\/png"/],
    ["x".repeat(100 << 20), /is larger than 8 MB/],
    ['{"values": {"x": NaN}}', /is not JSON, which has no NaN: leave the value out/],
    [{ values: many }, /has 10000 values; 1000 is the most/],
    [x(3), undefined],
  ], [
    [x(1), undefined],
    [x("one"), /has a text in "x", which was a number before: give it another name/],
    [x(2, { url: hanging }), /has a picture whose server sends nothing for 2 s: "http:/],
    [x(2, { path: "../../etc/passwd" }), /has a picture outside of the folder of --data/],
    [{ values: { "<img src=x onerror=alert(1)>": 1 } }, undefined],
    [x(3), undefined],
  ]];
}

for (
  const [index, name] of ["wrong pictures, sizes and numbers", "types, addresses, HTML"].entries()
) {
  Deno.test(`${name}: one line each, none is sent, and the sound goes on`, async () => {
    await using folder = new TemporaryFolder();
    await using silent = new SilentServer();
    const messages = badMessages(silent.address)[index]!;
    const file = folder.file("data.ndjson");
    await Deno.writeTextFile(file, ndjson(...messages.map(([message]) => message)));
    const flags = ["--audio", COMMENTARY_MP3, "--loop", "--wait-for", "1"];
    const { host, link } = await serve(["--data", file, ...flags]);
    await using _host = host;
    await using listener = listen([link, ...PATIENT]);
    await listener.line("data", ({ values }) => values.x === 3);
    await untilSoundGoesOn(host);
    host.kill("SIGINT");
    const [summary, { channels }] = await Promise.all([host.end(), listener.end()]);
    const good = messages.filter(([, problem]) => problem === undefined);
    assert.deepEqual(
      valuesOf(listener),
      good.map(([message]) => (message as { values: object }).values),
    );
    const told = messages.flatMap(([, problem], at) => problem ? [[at + 1, problem] as const] : []);
    const said = noticesOf(host);
    assert.equal(said.length, told.length, host.stderr);
    for (const [at, [number, problem]] of told.entries()) {
      assert.ok(said[at]!.startsWith(`--data "${file}": message ${number}: `), said[at]);
      assert.match(said[at]!, problem);
      assert.ok(said[at]!.endsWith("; it was left out"), said[at]);
    }
    const [received, refused] = [messages.length, told.length];
    assert.deepEqual(summary.data, { received, refused, superseded: 0, sent: good.length });
    const sound = channels.find(({ channel }: JsonLine) => channel === "audio");
    assert.equal(sound.networkLost, 0);
  });
}

/** Waits until a second of sound more has been sent. */
async function untilSoundGoesOn(host: Streamer): Promise<void> {
  const sent = (line: JsonLine) => line.kind === "stats" ? countsOf(line).get("audio") ?? 0 : 0;
  const before = Math.max(0, ...host.lines.map(sent));
  await host.line("stats", (line) => sent(line) >= before + 38);
}

/** Takes connections, and never answers. */
class SilentServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #accepting = this.#accept();

  get address(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/a.png`;
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#connections.push(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const connection of this.#connections) connection.close();
  }
}

Deno.test("a value that appears later is said once, sent, and in the set-up that listeners get", async () => {
  await using folder = new TemporaryFolder();
  const file = folder.file("data.ndjson");
  const first = Array.from({ length: 15 }, (_, index) => ({ values: { x: index + 0.25 } }));
  // Long enough for the set-up to be told, which is done once a second.
  const later = Array.from({ length: 30 }, (_, index) => ({ values: { x: index, late: true } }));
  await Deno.writeTextFile(file, ndjson(...first, ...later));
  const { host, link } = await serve(["--data", file, "--wait-for", "1", "--interval", "50ms"]);
  await using _host = host;
  await using listener = listen([link, ...PATIENT]);
  await listener.end();
  await host.end();
  assert.deepEqual(valuesOf(listener), [...first, ...later].map(({ values }) => values));
  assert.deepEqual(noticesOf(host), [
    `--data "${file}": message 16: "late" was not there before and is shown from now on`,
  ]);
  const setups = listener.lines.filter(({ kind }) => kind === "data-setup");
  assert.deepEqual(setups[0]?.["values"], { x: { precision: 2 } });
  assert.deepEqual(setups.at(-1)?.["values"], { x: { precision: 2 }, late: {} });
});

/** A WebSocket server whose messages the test sends. */
class Publisher implements AsyncDisposable {
  readonly #sockets = new Set<WebSocket>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #onOpen: () => void = () => {};
  readonly connected = new Promise<void>((resolve) => this.#onOpen = resolve);

  constructor(port = 0) {
    const options = { hostname: "127.0.0.1", port, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => {
        this.#sockets.add(socket);
        this.#onOpen();
      };
      return response;
    });
  }

  get location(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/`;
  }

  send(message: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#server.shutdown();
  }
}

Deno.test("a server that is not there at the start is said once; the broadcast starts, and the data comes with it", async () => {
  const port = freePort();
  const location = `ws://127.0.0.1:${port}/`;
  const { host, link } = await serve(["--data", location, "--audio", COMMENTARY_MP3]);
  await using _host = host;
  assert.deepEqual(
    (await host.line("ready")).channels.map(({ channel }: JsonLine) => channel),
    ["audio", "data"],
  );
  await host.until(() => host.stderr.includes("\n"), "a notice");
  assert.match(host.stderr, /^--data "ws:[^"]*" .*; trying again until it is there\n$/);
  await using publisher = new Publisher(port);
  await using listener = listen([link]);
  await Promise.all([listener.line("joined"), publisher.connected]);
  publisher.send({ values: { x: 1 } });
  await listener.line("data");
  host.kill("SIGINT");
  await host.end();
  assert.deepEqual(noticesOf(host).slice(1), [`--data "${location}" is connected now`]);
});

Deno.test("who joins later gets the last message, with the number that it has for all, and its set-up", async () => {
  await using publisher = new Publisher();
  const { host, link } = await serve(["--data", publisher.location]);
  await using _host = host;
  await publisher.connected;
  await using early = listen([link]);
  await early.line("joined");
  for (const x of [1, 2, 3]) {
    publisher.send({ values: { x }, image: { base64: PNG.toBase64(), mimeType: "image/png" } });
    await early.line("data", ({ values }) => values.x === x);
  }
  await using late = listen([link]);
  const line = await late.line("data");
  const theirs = await early.line("data", ({ values }) => values.x === 3);
  assert.deepEqual(line, theirs);
  await late.line("data-setup", ({ values }) => "x" in values);
  host.kill("SIGINT");
  await Promise.all([early.end(), late.end(), host.end()]);
  assert.equal(dataOf(late).length, 1);
});

Deno.test("data that ends leaves the sound going on", async () => {
  const stdin = bytesOf(ndjson({ values: { x: 1 } }, { values: { x: 2 } }));
  const flags = ["--audio", COMMENTARY_MP3, "--loop", "--wait-for", "1"];
  const { host, link } = await serve(["--data", "-", ...flags], { stdin });
  await using _host = host;
  await using listener = listen([link, ...PATIENT]);
  await listener.line("data", ({ values }) => values.x === 2);
  await untilSoundGoesOn(host);
  host.kill("SIGINT");
  await Promise.all([host.end(), listener.end()]);
  assert.deepEqual(valuesOf(listener), [{ x: 1 }, { x: 2 }]);
});

testWithPipe({
  name: "a pipe that is written late: the broadcast starts without it, and its data comes",
  tools: [],
  fn: async () => {
    await using folder = new TemporaryFolder();
    const pipe = folder.file("pipe");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const { host, link } = await serve(["--data", pipe]);
    await using _host = host;
    await host.until(() => host.stderr.includes("waits for a program"), "the wait for a writer");
    await using listener = listen([link, ...PATIENT]);
    await listener.line("joined");
    await Deno.writeTextFile(pipe, ndjson({ values: { x: 1 } }, { values: { x: 2 } }));
    await listener.end();
    assert.deepEqual(valuesOf(listener), [{ x: 1 }, { x: 2 }]);
    assert.equal((await host.end()).reason, "end of broadcast");
  },
});

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
