import assert from "node:assert/strict";
import type { ListenOptions } from "../../../client/interface/config.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import {
  listen,
  openDataRecording,
  openRecording,
  openScreenRecording,
} from "../../../client/command/run.ts";
import { openListener } from "../../../client/session/session.ts";
import { CommandError } from "../../../shared/core/errors.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { Lane } from "../../../shared/lane/lane.ts";
import { serializeHostMessage } from "../../../shared/lane/messages.ts";
import type {
  Address,
  DatagramSocket,
  Destination,
  RefusedSend,
} from "../../../shared/driver/socket.ts";
import {
  type AdmissionMessage,
  parseAdmission,
  serializeAdmission,
} from "../../../shared/admission/admission.ts";
import { demux } from "../../../shared/rtp/demux.ts";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { head } from "../../shared/data/messages.ts";
import { screenFrame } from "../playing/screen/screen_frames.ts";
import {
  acceptInfo,
  audioChannel,
  COOKIE,
  HOST_SSRC,
  inAccept,
  inMessage,
  soundDatagram,
} from "../scripted_host.ts";

const HOST: Address = { hostname: "10.0.0.1", port: 5004 };
type Answer = "accept" | "reject" | "nothing";

/** A socket with a host behind it that answers as it is told. */
class HostSocket implements DatagramSocket {
  readonly address: Address = { hostname: "10.0.0.2", port: 40_000 };
  readonly goodbyes: string[] = [];
  readonly tokens: (string | undefined)[] = [];
  isClosed = false;
  answer: Answer;
  readonly #arrived: (Uint8Array | Error)[] = [];
  #wake: (() => void) | undefined;

  constructor(answer: Answer) {
    this.answer = answer;
  }

  give(datagram: Uint8Array | Error): void {
    this.#arrived.push(datagram);
    this.#wake?.();
  }

  async receive() {
    while (this.#arrived.length === 0) {
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const next = this.#arrived.shift()!;
    if (next instanceof Error) throw next;
    return { datagram: next, from: HOST };
  }

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    assert.ok(!this.isClosed, "sent after closing");
    const error = new Error("network is unreachable");
    if (this.answer === "nothing") return Promise.resolve(to.map((to) => ({ to, error })));
    const kind = demux(datagram);
    if (kind.ok && kind.value === "admission") this.#onAdmission(parseAdmission(datagram));
    if (kind.ok && kind.value === "rtcp") this.#onRtcp(datagram);
    return Promise.resolve([]);
  }

  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }

  #onAdmission(message: ReturnType<typeof parseAdmission>): void {
    assert.ok(message.ok);
    const { clientRandom, type } = message.value;
    const reply = (fields: object) =>
      this.give(serializeAdmission({ clientRandom, ...fields } as AdmissionMessage));
    if (type === "hello") return reply({ type: "retry", cookie: COOKIE });
    if (message.value.type === "join") this.tokens.push(message.value.info.token);
    if (this.answer === "accept") this.#accept(reply);
    else reply({ type: "reject", code: 1402, reason: "full", retryAfterMillis: 0 });
  }

  #accept(reply: (fields: object) => void): void {
    const info = acceptInfo();
    reply({ type: "accept", connectionId: 1n, info: inAccept(info) });
    const lane = new Lane({ ssrc: info.hostSsrc, listenerSsrc: info.listenerSsrc });
    lane.send(serializeHostMessage(inMessage(info)), 0);
    for (const messages of lane.poll(0)) this.give(serializeRtcp(messages));
  }

  #onRtcp(datagram: Uint8Array): void {
    const messages = parseRtcp(datagram);
    assert.ok(messages.ok);
    for (const message of messages.value) {
      if (message.type === "goodbye") this.goodbyes.push(message.reason ?? "");
    }
  }
}

function set(answer: Answer) {
  const clock = new ManualClock();
  const wallClock = new ManualWallClock(clock);
  const socket = new HostSocket(answer);
  const machine: Machine = {
    clock,
    wallClock,
    rng: new SeededRng(1),
    ciphers: nodeCiphers,
    openSocket: () => socket,
  };
  return {
    clock,
    wallClock,
    socket,
    machine,
    terminal: new FakeTerminal(),
    interrupts: new AbortController(),
  };
}

function options(fields: Partial<ListenOptions> = {}): ListenOptions {
  return {
    host: HOST.hostname,
    port: HOST.port,
    token: "secret",
    latency: "normal",
    play: false,
    json: false,
    ...fields,
  };
}

function start(stage: ReturnType<typeof set>, fields: Partial<ListenOptions> = {}) {
  const { machine, terminal, interrupts } = stage;
  const ended = listen(options(fields), machine, terminal, interrupts.signal)
    .then((code) => ({ code, error: undefined }), (error) => ({ code: undefined, error }));
  return ended;
}

const goodbye = serializeRtcp([
  { type: "receiverReport", ssrc: 111, reports: [] },
  { type: "goodbye", ssrcs: [HOST_SSRC, 111, 222] },
]);

Deno.test("a broadcast that ends: feed, table and sentence, exit status 0", async () => {
  const stage = set("accept");
  const ended = start(stage);
  await stage.clock.advance(100);
  for (let number = 0; number < 20; number++) {
    stage.socket.give(soundDatagram(audioChannel(0), 0, number));
    await stage.clock.advance(26);
  }
  stage.socket.give(goodbye);
  await stage.clock.advance(1000);
  assert.deepEqual(await ended, { code: 0, error: undefined });
  assert.match(stage.terminal.written, /^Joined 10\.0\.0\.1:5004/);
  assert.match(stage.terminal.written, /Received\s+20\s+100 %/);
  assert.match(
    stage.terminal.written,
    /Sound: Nothing was lost on the network: you missed nothing\./,
  );
  assert.equal(stage.socket.isClosed, true);
  assert.deepEqual(stage.socket.tokens, ["secret"]);
});

Deno.test("an error in place of a datagram is reported and counted, and later datagrams are received", async () => {
  for (const json of [false, true]) {
    const stage = set("accept");
    const ended = start(stage, { json });
    await stage.clock.advance(100);
    stage.socket.give(new Error("os error 10040"));
    for (let number = 0; number < 20; number++) {
      stage.socket.give(soundDatagram(audioChannel(0), 0, number));
      await stage.clock.advance(26);
    }
    stage.socket.give(goodbye);
    await stage.clock.advance(1000);
    assert.equal((await ended).code, 0);
    const said = "A datagram could not be received (os error 10040); receiving goes on\n";
    const { written, errors } = stage.terminal;
    if (!json) {
      assert.ok(written.includes(said), written);
      assert.match(written, /Received\s+20\s+100 %/);
      continue;
    }
    assert.equal(errors, said);
    const lines = written.trimEnd().split("\n").map((line) => JSON.parse(line));
    const stats = lines.findLast(({ kind }) => kind === "stats");
    assert.equal(stats.junk.receiveError, 1);
    assert.equal(lines.at(-1).channels[0].packetsReceived, 20);
  }
});

Deno.test("a rejected listener prints one line with the address, the code and what to do, and exits with 3", async () => {
  const stage = set("reject");
  const ended = start(stage);
  await stage.clock.advance(100);
  const { error } = await ended;
  assert.ok(error instanceof CommandError);
  assert.equal(error.exitCode, 3);
  assert.match(error.message, /^10\.0\.0\.1:5004 has no free place: try again .*1402: full/);
  assert.equal(stage.terminal.written, "");
});

Deno.test("nobody there, or no network: exit status 4 with the address, within ten seconds", async () => {
  const stage = set("nothing");
  const ended = start(stage);
  await stage.clock.advance(10_000);
  const { error } = await ended;
  assert.ok(error instanceof CommandError);
  assert.equal(error.exitCode, 4);
  assert.match(error.message, /10\.0\.0\.1:5004.*UDP port 5004/);
  assert.doesNotMatch(error.message, /secret/);
});

Deno.test("a host lost for good: exit status 4, with the table", async () => {
  const stage = set("accept");
  const ended = start(stage);
  await stage.clock.advance(100);
  stage.socket.answer = "nothing";
  await stage.clock.advance(90_000);
  const { error } = await ended;
  assert.equal(error.exitCode, 4);
  assert.match(error.message, /^Lost the connection to 10\.0\.0\.1:5004/);
  assert.match(stage.terminal.written, /Sound: Nothing was sent while listening\./);
});

Deno.test("Ctrl-C says goodbye, shows the table and exits with 0", async () => {
  const stage = set("accept");
  const ended = start(stage);
  await stage.clock.advance(500);
  stage.interrupts.abort();
  await stage.clock.advance(0);
  assert.deepEqual(await ended, { code: 0, error: undefined });
  assert.deepEqual(stage.socket.goodbyes, ["interrupted"]);
  assert.equal(stage.clock.sleeperCount, 0, "nothing is left waiting");
});

Deno.test("after a sleep that only the time of day shows the host is asked within a second", async () => {
  const stage = set("accept");
  const ended = start(stage);
  await stage.clock.advance(1500);
  assert.equal(stage.socket.tokens.length, 1);
  stage.wallClock.step(30_000);
  await stage.clock.advance(1000);
  assert.equal(stage.socket.tokens.length, 2);
  stage.interrupts.abort();
  await stage.clock.advance(0);
  assert.equal((await ended).code, 0);
});

Deno.test("Ctrl-C before it began ends at once", async () => {
  const stage = set("nothing");
  stage.interrupts.abort();
  const ended = start(stage);
  await stage.clock.advance(0);
  assert.equal((await ended).code, 0);
});

Deno.test("--duration exits with 0, and --json ends with the summary", async () => {
  const stage = set("accept");
  const ended = start(stage, { json: true, duration: 2500 });
  await stage.clock.advance(3000);
  assert.equal((await ended).code, 0);
  const lines = stage.terminal.written.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ kind }) => kind), [
    "connection",
    "joined",
    "connection",
    "stats",
    "stats",
    "summary",
  ]);
  assert.equal(lines.at(-1).reason, "duration");
  assert.deepEqual(stage.socket.goodbyes, ["duration"]);
});

Deno.test("a subscriber from the opening of the session misses nothing, and can unsubscribe", async () => {
  const stage = set("accept");
  const session = await openListener(options(), stage.machine);
  const heard: string[] = [];
  const others: string[] = [];
  session.subscribe(({ kind }) => heard.push(kind));
  const unsubscribe = session.subscribe(({ kind }) => others.push(kind));
  await stage.clock.advance(100);
  unsubscribe();
  session.stop();
  const summary = await session.finished;
  assert.deepEqual(heard, ["connection", "joined", "connection", "ended"]);
  assert.deepEqual(others, heard.slice(1, 3), "what was said before is for the first alone");
  assert.equal(summary.reason, "interrupted");
  assert.equal(summary.ledger.channels.length, 2);
});

Deno.test("a recording that can't be written is reported before the host is asked", async () => {
  const stage = set("accept");
  const { error } = await start(stage, { record: "/nowhere/out.mp3" });
  assert.ok(error instanceof CommandError);
  assert.match(error.message, /--record \/nowhere\/out\.mp3/);
  assert.deepEqual(stage.socket.tokens, []);
});

Deno.test("a recording of the screen that can't be written leaves no file for the sound either", async () => {
  const folder = await Deno.makeTempDir();
  const stage = set("accept");
  const { error } = await start(stage, {
    record: `${folder}/out.mp3`,
    recordScreen: "/nowhere/out.mp4",
  });
  assert.ok(error instanceof CommandError);
  assert.match(error.message, /--record-screen \/nowhere\/out\.mp4 is in a folder/);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

Deno.test("--frames without --json is a mistake in the command line, and says what to add", async () => {
  const stage = set("accept");
  const { error } = await start(stage, { frames: true });
  assert.ok(error instanceof CommandError);
  assert.equal(error.exitCode, 2);
  assert.equal(error.message, "--frames prints JSON lines: add --json");
  assert.deepEqual(stage.socket.tokens, []);
});

Deno.test("--record keeps the frames as they were sent", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/out.mp3`;
    const stage = set("accept");
    const ended = start(stage, { record: path });
    await stage.clock.advance(100);
    for (let number = 0; number < 10; number++) {
      stage.socket.give(soundDatagram(audioChannel(0), 0, number));
      await stage.clock.advance(26);
    }
    stage.socket.give(goodbye);
    await stage.clock.advance(1000);
    await ended;
    const bytes = await Deno.readFile(path);
    assert.equal(bytes.length, 10 * 208);
    const numbers = Array.from(
      { length: 10 },
      (_, index) => new DataView(bytes.buffer).getUint32(index * 208 + 40),
    );
    assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an earlier recording outlives a join that fails", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "an earlier recording");
  const stage = set("reject");
  const ended = start(stage, { record: path });
  await stage.clock.advance(100);
  await ended;
  assert.equal(await Deno.readTextFile(path), "an earlier recording");
  await Deno.remove(path);
});

Deno.test("the name of a recording can't turn the writing of JSON lines either, and is read as it is", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/match\u202e\u009b.mp3`;
  const terminal = new FakeTerminal();
  const recording = openRecording({ record: path, json: true }, terminal);
  recording!.begin({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  await recording!.close();
  await Deno.remove(folder, { recursive: true });
  assert.deepEqual(terminal.lines.map((line) => JSON.parse(line)), [
    { kind: "recording", file: path },
  ]);
  assert.doesNotMatch(terminal.written, /[\u202e\u009b]/);
});

Deno.test("with --json each recording has a line as it begins, and that of the screen names its channel", async () => {
  const folder = await Deno.makeTempDir();
  const terminal = new FakeTerminal();
  const recording = openScreenRecording({ recordScreen: `${folder}/a.mkv`, json: true }, terminal);
  recording!.write(screenFrame("vp8", 0, { isKey: true }), 0);
  await recording!.close();
  await Deno.remove(folder, { recursive: true });
  const line = { kind: "recording", channel: "screen", file: `${folder}/a.mkv` };
  assert.deepEqual(terminal.lines.map((line) => JSON.parse(line)), [line]);
});

Deno.test("a folder for live data that can't be made leaves no file for the sound either", async () => {
  const folder = await Deno.makeTempDir();
  const stage = set("accept");
  await Deno.writeTextFile(`${folder}/file`, "x");
  const { error } = await start(stage, {
    record: `${folder}/out.mp3`,
    recordData: `${folder}/file`,
  });
  assert.ok(error instanceof CommandError);
  assert.equal(
    error.message,
    `--record-data ${folder}/file is not a folder: choose another name`,
  );
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
  assert.deepEqual(stage.socket.tokens, []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("with --json a recording of live data has a line with its channel as it begins", async () => {
  const folder = await Deno.makeTempDir();
  const terminal = new FakeTerminal();
  const recording = openDataRecording({ recordData: `${folder}/a`, json: true }, terminal);
  assert.deepEqual(terminal.lines, []);
  recording!.write({ head: head() });
  await recording!.close();
  await Deno.remove(folder, { recursive: true });
  const line = { kind: "recording", channel: "data", file: `${folder}/a/data.ndjson` };
  assert.deepEqual(terminal.lines.map((line) => JSON.parse(line)), [line]);
});
