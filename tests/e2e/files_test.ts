import assert from "node:assert/strict";
import { COMMENTARY_MP3, run, TemporaryFolder } from "./fixtures.ts";
import { testWithPipe } from "./pipes.ts";
import { type JsonLine, listen, serve, Streamer } from "./streamer.ts";

const SERVE = ["serve", "--host", "127.0.0.1", "--port", "0", "--json"];

async function makePipe(folder: TemporaryFolder): Promise<string> {
  const path = folder.file("pipe");
  await run("mkfifo", [path]);
  return path;
}

Deno.test("recording to the match's own source leaves that as it is, and so does a second start", async () => {
  await using folder = new TemporaryFolder();
  const source = folder.file("match.mp3");
  await Deno.copyFile(COMMENTARY_MP3, source);
  const { host, link } = await serve(["--audio", source, "--loop"]);
  await using _host = host;
  for (const number of [2, 3]) {
    await using listener = listen([link, "--record", source, "--duration", "1s"]);
    await listener.end();
    const file = folder.file(`match-${number}.mp3`);
    assert.equal((await listener.line("recording")).file, file);
    assert.match(
      listener.stderr,
      new RegExp(`^--record .*not overwritten.*match-${number}\\.mp3\\n$`),
    );
    assert((await Deno.stat(file)).size > 0);
  }
  assert.deepEqual(await Deno.readFile(source), await Deno.readFile(COMMENTARY_MP3));
});

testWithPipe({
  name: "recording to a pipe that nobody reads: that is said, and Ctrl-C ends with the ledger",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const pipe = await makePipe(folder);
    const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
    await using _host = host;
    await using listener = listen([link, "--record", pipe]);
    await listener.line("joined");
    await listener.until(() => listener.stderr.includes("waits for a program that reads"), "news");
    listener.kill("SIGINT");
    assert.equal((await listener.end()).kind, "summary");
  },
});

testWithPipe({
  name: "events from a pipe that nobody writes to: the sound goes out, and events when they come",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const pipe = await makePipe(folder);
    const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop", "--events", pipe]);
    await using _host = host;
    await host.until(() => host.stderr.includes(`--events ${pipe} waits`), "word of the pipe");
    await using listener = listen([link]);
    await listener.line("stats", ({ channels }) => channels[0].packetsReceived > 0);
    await Deno.writeTextFile(pipe, '{"type":"goal","content":"At last"}\n');
    assert.equal((await listener.line("event")).event.content, "At last");
    host.kill("SIGINT");
    assert.equal((await host.end()).reason, "interrupted");
    await listener.end();
  },
});

testWithPipe({
  name:
    "sound from a pipe that nobody writes to: the match goes on air, and the sound when it comes",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const pipe = await makePipe(folder);
    const { host, link } = await serve(["--audio", pipe, "--simulate"]);
    await using _host = host;
    await using listener = listen([link, "--record", folder.file("heard.mp3")]);
    await listener.line("event");
    const [events] = (await listener.line("joined")).channels;
    assert.equal(events.channel, "events");
    const sound = await Deno.readFile(COMMENTARY_MP3);
    // The host ends in the midst of it, which breaks the pipe.
    const writing = Deno.writeFile(pipe, sound).catch(() => {});
    assert.equal((await host.line("channel-started")).channel, "audio");
    const started = await listener.line("channel-started");
    assert.deepEqual(started, { kind: "channel-started", channel: "audio", codec: "mp3" });
    const heard = ({ channels }: JsonLine) => channels[1]?.packetsReceived > 50;
    await listener.line("stats", heard);
    host.kill("SIGINT");
    await host.end();
    const summary = await listener.end();
    assert.deepEqual(summary.channels.map(({ networkLost }: JsonLine) => networkLost), [0, 0]);
    const recorded = (await Deno.readFile(folder.file("heard.mp3"))).toHex();
    assert.ok(recorded.length > 0 && sound.toHex().includes(recorded.slice(0, 20_000)));
    await writing;
  },
});

for (const audio of ["the pipe", "-"]) {
  testWithPipe({
    name: `a program that writes no sound yet to ${audio}: that is said, and the link is there`,
    fn: async () => {
      await using folder = new TemporaryFolder();
      const pipe = await makePipe(folder);
      using writer = await Deno.open(pipe, { read: true, write: true });
      const through = ["sh", "-c", 'exec "$@" < "$0"', pipe];
      const given = audio === "-" ? "-" : pipe;
      await using host = new Streamer([...SERVE, "--audio", given], { through });
      await host.line("ready");
      const name = audio === "-" ? "standard input" : `"${pipe}"`;
      const notice = `--audio ${name} gives no sound yet: starting`;
      await host.until(() => host.stderr.startsWith(notice), "word of the wait");
      const writing = writer.write((await Deno.readFile(COMMENTARY_MP3)).subarray(0, 20_000));
      assert.equal((await host.line("channel-started")).channel, "audio");
      await writing;
      host.kill("SIGINT");
      await host.end();
    },
  });
}

for (const flag of ["--audio", "--token-file"]) {
  testWithPipe({
    name: `${flag} from a pipe that nobody writes to: that is said, and one Ctrl-C ends it`,
    fn: async () => {
      await using folder = new TemporaryFolder();
      const pipe = await makePipe(folder);
      await using host = new Streamer([...SERVE, flag, pipe]);
      await host.until(() => host.stderr.includes(`${flag} ${pipe} waits`), "word of the pipe");
      host.kill("SIGINT");
      await host.end();
    },
  });
}

testWithPipe({
  name: "a listener's token from a pipe that nobody writes to: the same",
  fn: async () => {
    await using folder = new TemporaryFolder();
    const pipe = await makePipe(folder);
    await using listener = listen(["--port", "9", "--token-file", pipe]);
    await listener.until(() => listener.stderr.includes("--token-file"), "word of the pipe");
    listener.kill("SIGINT");
    await listener.end();
  },
});

Deno.test("a file of 2000 events without times is sent at 500 a second, in order, once", async () => {
  await using folder = new TemporaryFolder();
  const path = folder.file("match.ndjson");
  const numbers = Array.from({ length: 2000 }, (_, index) => index + 1);
  const lines = numbers.map((number) => {
    const event = { title: "Foul", origin: "Home", clock: "12:00", period: 1 };
    return JSON.stringify({ type: 1, content: `Event ${number}.`, score: "0 x 0", event });
  });
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  const { host, link } = await serve([
    ...["--events", path, "--match", "Home x Away", "--wait-for", "1"],
    ...["--db", folder.file("match.db")],
  ]);
  await using _host = host;
  await using listener = listen([link]);
  await listener.end();
  const events = listener.lines.filter(({ kind }) => kind === "event").map(({ event }) => event);
  assert.deepEqual(events.map(({ count }) => count), numbers);
  assert.deepEqual(events.map(({ content }) => content), numbers.map((n) => `Event ${n}.`));
  // The host's own clock tells that no 501 of them left within less than a second.
  for (let last = 500; last < events.length; last += 100) {
    const millis = events[last].time - events[last - 500].time;
    assert.ok(millis >= 990, `${millis} ms`);
  }
});
