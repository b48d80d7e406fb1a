import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import type { ServeOptions } from "../../../server/interface/config.ts";
import { openBroadcast } from "../../../server/broadcast/open_broadcast.ts";
import { serve } from "../../../server/command/run.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { type LinkStore, parseJoinLink } from "../../../shared/admission/join_link.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import type { Address, DatagramSocket, Destination } from "../../../shared/driver/socket.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { serveOptions } from "../kit.ts";

/** A socket that nobody writes to, and that remembers how much left. */
class DeafSocket implements DatagramSocket {
  readonly address: Address;
  sentCount = 0;
  isClosed = false;
  #end: () => void = () => {};
  readonly #closed = new Promise<undefined>((resolve) => this.#end = () => resolve(undefined));

  constructor(local: Address) {
    this.address = { hostname: local.hostname, port: local.port || 5555 };
  }

  /** What the system gives in place of the next datagrams. */
  readonly errors: Error[] = [];

  receive(): Promise<undefined> {
    const error = this.errors.shift();
    return error ? Promise.reject(error) : this.#closed;
  }

  sendMany(_: Uint8Array, to: readonly Destination[]): Promise<[]> {
    this.sentCount += to.length;
    return Promise.resolve([]);
  }

  close(): void {
    this.isClosed = true;
    this.#end();
  }
}

function machine(receiveErrors: readonly Error[] = []) {
  const clock = new ManualClock();
  const sockets: DeafSocket[] = [];
  const made: Machine = {
    clock,
    wallClock: new ManualWallClock(clock),
    rng: new SeededRng(1),
    ciphers: nodeCiphers,
    openSocket(local) {
      const socket = new DeafSocket(local);
      socket.errors.push(...receiveErrors);
      sockets.push(socket);
      return socket;
    },
  };
  return { made, clock, sockets };
}

class FakeLinks implements LinkStore {
  readonly links = new Map<number, string>();
  leave(port: number, link: string): void {
    this.links.set(port, link);
  }
  find(port: number): string | undefined {
    return this.links.get(port);
  }
  remove(port: number): void {
    this.links.delete(port);
  }
}

/** Lets everything that is ready get under way, then time pass. */
async function pass(clock: ManualClock, millis: number): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await clock.advance(0);
  await clock.advance(millis);
}

Deno.test("with neither sound nor events a match is simulated, from kick-off to full time", async () => {
  const { made, clock } = machine();
  const terminal = new FakeTerminal();
  const options = serveOptions({ json: true, seed: 5, speed: 600 });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await terminal.begins;
  await pass(clock, 0);
  for (let second = 0; second < 20; second++) await clock.advance(1000);
  assert.equal(await exit, ExitCode.done);
  const lines = terminal.lines.map((line) => JSON.parse(line));
  assert.equal(lines[0].kind, "ready");
  assert.deepEqual(lines[0].channels.map(({ channel }: { channel: string }) => channel), [
    "events",
  ]);
  const summary = lines.at(-1);
  assert.equal(summary.kind, "summary");
  assert.equal(summary.reason, "end of broadcast");
  assert(summary.events > 40);
  assert.equal(summary.channels[0].packetCount, summary.events);
  const between = lines.slice(1, -1);
  assert.deepEqual([...new Set(between.map(({ kind }) => kind))], ["stats"]);
  assert.equal(terminal.statuses.length, between.length, "these go first where there is no room");
});

Deno.test("what the command line gave without effect is told before anything is opened", async () => {
  const { made, clock } = machine();
  const terminal = new FakeTerminal();
  const unused = ["--no-open has no effect: there is no studio", "--seed has no effect: why"];
  const options = serveOptions({ json: true, simulateData: true, duration: 100, unused });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await terminal.begins;
  await pass(clock, 0);
  await clock.advance(10_000);
  assert.equal(await exit, ExitCode.done);
  assert(terminal.errors.startsWith(unused.map((text) => `${text}\n`).join("")));
});

Deno.test("simulated data alone is a broadcast: no match, one message a second, all of them counted", async () => {
  const { made, clock } = machine();
  const terminal = new FakeTerminal();
  const options = serveOptions({ json: true, simulateData: true, seed: 5, duration: 10_500 });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await pass(clock, 0);
  for (let second = 0; second < 12; second++) await clock.advance(1000);
  assert.equal(await exit, ExitCode.done);
  const lines = terminal.lines.map((line) => JSON.parse(line));
  const [{ channels }] = lines;
  assert.deepEqual(channels.map(({ channel, codec }: JsonChannel) => [channel, codec]), [
    ["data", "data"],
  ]);
  const { reason, data, events } = lines.at(-1);
  assert.deepEqual([reason, events], ["duration", 0]);
  assert.deepEqual(data, { received: 11, refused: 0, superseded: 0, sent: 11 });
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("an interval paces simulated data; beside a match both are there", async () => {
  const { made, clock } = machine();
  const terminal = new FakeTerminal();
  const changes = { simulateData: true, simulate: true, interval: 500, duration: 10_250 };
  const options = serveOptions({ json: true, ...changes });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await pass(clock, 0);
  for (let second = 0; second < 12; second++) await clock.advance(1000);
  assert.equal(await exit, ExitCode.done);
  const lines = terminal.lines.map((line) => JSON.parse(line));
  assert.deepEqual(lines[0].channels.map(({ channel }: JsonChannel) => channel).toSorted(), [
    "data",
    "events",
  ]);
  const { data, events } = lines.at(-1);
  assert.deepEqual([data.sent, events], [21, 21]);
});

Deno.test("the same seed simulates the same data", async () => {
  const bytesSent = async (seed: number) => {
    const { made, clock } = machine();
    const options = serveOptions({ simulateData: true, seed, duration: 2500 });
    const broadcast = await openBroadcast(options, made);
    let bytes = 0;
    broadcast.subscribe((output) => {
      if (output.kind === "stats") bytes = output.channels[0]!.octetCount;
    });
    await pass(clock, 0);
    for (let second = 0; second < 4; second++) await clock.advance(1000);
    await broadcast.finished;
    return bytes;
  };
  const [one, same, other] = [await bytesSent(1), await bytesSent(1), await bytesSent(2)];
  assert.equal(one, same);
  assert.notEqual(one, other);
});

interface JsonChannel {
  readonly channel: string;
  readonly codec: string;
}

Deno.test("an interrupt ends it in good order, and takes the link back", async () => {
  const { made, clock, sockets } = machine();
  const links = new FakeLinks();
  const interrupts = new AbortController();
  const terminal = new FakeTerminal();
  const exit = serve(serveOptions({ json: true, links }), made, terminal, interrupts.signal);
  await pass(clock, 1000);
  assert.deepEqual([...links.links.keys()], [5004]);
  interrupts.abort();
  await pass(clock, 1000);
  assert.equal(await exit, ExitCode.done);
  assert.equal(JSON.parse(terminal.lines.at(-1)!).reason, "interrupted");
  assert.equal(links.links.size, 0);
  assert.equal(sockets[0]!.isClosed, true);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("when no link can be stored for this machine, the broadcast begins and says so", async () => {
  const { made, clock } = machine();
  const links = new FakeLinks();
  links.leave = () => {
    throw new CommandError(ExitCode.failure, "Can't leave the join link in /tmp/x: do something");
  };
  const terminal = new FakeTerminal();
  const options = serveOptions({ json: true, links, duration: 2000 });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await pass(clock, 5000);
  assert.equal(await exit, ExitCode.done);
  assert.equal(JSON.parse(terminal.lines[0]!).kind, "ready");
  const told = terminal.errors.split("\n").filter((line) => line.includes("/tmp/x"));
  assert.deepEqual(told, [
    "Can't leave the join link in /tmp/x: do something. Until then, listen needs the link on this machine too",
  ]);
});

Deno.test("errors in place of datagrams are reported on stderr and counted, and end nothing", async () => {
  const { made, clock } = machine([1, 2, 3].map(() => new Error("os error 10040")));
  const terminal = new FakeTerminal();
  const options = serveOptions({ json: true, duration: 5000 });
  const exit = serve(options, made, terminal, new AbortController().signal);
  await pass(clock, 10_000);
  assert.equal(await exit, ExitCode.done);
  assert.equal(JSON.parse(terminal.lines.at(-1)!).junk.receiveError, 3);
  const said = "A datagram could not be received (os error 10040); receiving goes on\n";
  assert.ok(terminal.errors.endsWith(said), terminal.errors);
  assert.equal(terminal.errors.split(said).length, 2, "said once in ten seconds");
});

Deno.test("the token is printed only in the link, and the same link works on this machine", async () => {
  const { made, clock } = machine();
  const links = new FakeLinks();
  const options = serveOptions({ json: true, links, host: "0.0.0.0", duration: 2000 });
  const terminal = new FakeTerminal();
  const exit = serve(options, made, terminal, new AbortController().signal);
  await pass(clock, 0);
  const { token } = parseJoinLink(JSON.parse(terminal.lines[0]!).link)!;
  assert.match(token!, /^[\w-]{22}$/);
  const local = parseJoinLink(links.find(5004)!);
  assert.deepEqual(local, { host: "127.0.0.1", port: 5004, token });
  await clock.advance(5000);
  await exit;
  assert.equal(terminal.written.split(token!).length, 2);
});

Deno.test("an open broadcast has no token, and a given one is used", async () => {
  for (
    const [changes, wanted] of [
      [{ isOpen: true }, undefined],
      [{ tokens: ["one", "two"] }, "one"],
    ] as const
  ) {
    const { made, clock } = machine();
    const broadcast = await openBroadcast(serveOptions(changes), made);
    assert.equal(parseJoinLink(broadcast.ready.link)!.token, wanted);
    broadcast.stop("test");
    await pass(clock, 1000);
    await broadcast.finished;
  }
});

const describe = (changes: Partial<ServeOptions>) =>
  Object.entries(changes).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(" and ");

const contradictions: readonly [Partial<ServeOptions>, RegExp][] = [
  [{ simulate: true, events: "x" }, /--simulate.*--events/],
  [{ isOpen: true, tokens: ["x"] }, /--open.*--token/],
  [{ plainReceivers: [{ hostname: "127.0.0.1", port: 9 }] }, /--rtp-to.*--audio/],
  [{ sdp: "x.sdp", audio: ["x.mp3"] }, /--sdp.*--rtp-to/],
  [{ waitFor: 3, capacity: 2 }, /--wait-for 3.*--capacity admits 2.*give --capacity 3 or more/],
  [{ audio: ["-"], events: "-" }, /--audio and --events/],
  [{ loop: true }, /--loop.*--audio/],
  [{ audio: ["-"], screen: "-" }, /--audio and --screen can't both read standard input/],
  [{ screen: "-", events: "-" }, /--screen and --events can't both read standard input/],
  [{ screen: "desktop", loop: true }, /--loop repeats/],
  [{ data: "x.ndjson", loop: true }, /--loop repeats sound and screen/],
  [{ data: "x.ndjson", simulateData: true }, /--data and --simulate-data exclude each other/],
  [{ dataSetup: "s.json" }, /--data-setup is for the values of --data.*add --data/],
  [{ dataSetup: "s.json", simulateData: true }, /--data-setup is for --data.*leave it out/],
  [{ data: "-", events: "-" }, /--data and --events can't both read standard input/],
  [{ data: "-", audio: ["-"] }, /--audio and --data can't both read standard input/],
  [{ data: "-", screen: "-" }, /--screen and --data can't both read standard input/],
  [{ audio: ["browser", "x.mp3"] }, /--audio browser.*can't be mixed with files/],
  [{ studio: { hostname: "0.0.0.0", port: 0 } }, /--studio 0\.0\.0\.0.*this machine alone/],
  [{ studio: { hostname: "192.0.2.1", port: 0 } }, /--studio 192\.0\.2\.1.*127\.0\.0\.1:PORT/],
  [{ studio: { hostname: "localhost.example", port: 0 } }, /--studio.*this machine alone/],
  [{ audio: ["browser"], loop: true }, /--loop repeats/],
  [{ actions: "a.json" }, /--actions.*add --studio/],
  [{ plainScreenReceivers: [{ hostname: "127.0.0.1", port: 9 }] }, /--rtp-screen-to.*--screen/],
  [{ screenRate: 15 }, /--screen-rate.*--screen/],
  [{ screen: "x.mkv", screenSize: { width: 640, height: 360 } }, /--screen-size.*desktop/],
  [{ screen: "x.mkv", screenBitrate: 500_000 }, /--screen-bitrate.*desktop/],
  [{ screenBitrate: 500_000 }, /--screen-bitrate.*desktop/],
  [
    {
      screen: "x.mkv",
      plainReceivers: [{ hostname: "127.0.0.1", port: 9 }],
      plainScreenReceivers: [{ hostname: "127.0.0.1", port: 9 }],
    },
    /--rtp-to and --rtp-screen-to both name 127\.0\.0\.1:9/,
  ],
];
for (const [changes, wanted] of contradictions) {
  Deno.test(`${describe(changes)} alone contradict: exit 2, one line`, async () => {
    const { made, sockets } = machine();
    await assert.rejects(openBroadcast(serveOptions(changes), made), (error) => {
      assert(error instanceof CommandError);
      assert.equal(error.exitCode, ExitCode.usage);
      assert.match(error.message, wanted);
      return !error.message.includes("\n");
    });
    assert.equal(sockets.length, 0);
  });
}

Deno.test("a source that can't be opened is reported, and the port is free again", async () => {
  const { made, sockets } = machine();
  for (
    const changes of [
      { audio: ["/no/such.mp3"] },
      { screen: "/no/such.mkv" },
      { events: "/no/such.ndjson" },
      { data: "/no/such.ndjson" },
      { data: "-", dataSetup: "/no/such.json" },
    ]
  ) {
    await assert.rejects(openBroadcast(serveOptions(changes), made), (error) => {
      assert(error instanceof CommandError);
      return /\/no\/such/.test(error.message) && !error.message.includes("\n");
    });
  }
  assert.deepEqual(sockets.map(({ isClosed }) => isClosed), Array(5).fill(true));
});

Deno.test("outputs before the first subscriber are kept for it", async () => {
  const { made, clock } = machine();
  const broadcast = await openBroadcast(serveOptions({ seed: 1 }), made);
  await pass(clock, 2000);
  const kinds: string[] = [];
  const unsubscribe = broadcast.subscribe(({ kind }) => kinds.push(kind));
  assert.deepEqual(kinds.slice(0, 2), ["started", "event-sent"]);
  unsubscribe();
  const before = kinds.length;
  broadcast.stop("test");
  await pass(clock, 1000);
  await broadcast.finished;
  assert.equal(kinds.length, before);
});
