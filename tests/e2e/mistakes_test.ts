import assert from "node:assert/strict";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { Streamer } from "./streamer.ts";

const TOKEN = "very-secret-token-0123456789";

interface Mistake {
  readonly name: string;
  readonly args: (folder: TemporaryFolder) => string[];
  readonly code: 1 | 2;
  /** What the one line must name. */
  readonly names: RegExp;
}

const serveArgs = (...args: string[]) => ["serve", "--port", "0", "--host", "127.0.0.1", ...args];

function withFile(content: Uint8Array, args: (file: string) => string[], name = "input.mp3") {
  return (folder: TemporaryFolder) => {
    Deno.writeFileSync(folder.file(name), content);
    return args(folder.file(name));
  };
}

const audioFile = (content: Uint8Array, name?: string) =>
  withFile(content, (file) => serveArgs("--audio", file), name);
const text = (content: string) => new TextEncoder().encode(content);
const noise = Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7919) >> 3 & 0x7f);

const MISTAKES: readonly Mistake[] = [
  {
    name: "a missing sound file",
    args: () => serveArgs("--audio", "/nowhere/match.mp3"),
    code: 1,
    names: /\/nowhere\/match\.mp3/,
  },
  { name: "an empty sound file", args: audioFile(new Uint8Array(0)), code: 1, names: /input\.mp3/ },
  { name: "a file that is not sound", args: audioFile(noise), code: 1, names: /input\.mp3/ },
  {
    name: "a text that is called sound",
    args: audioFile(text("no sound at all\n".repeat(100))),
    code: 1,
    names: /input\.mp3/,
  },
  {
    name: "a truncated Ogg file",
    args: audioFile(text("OggS\0\x02"), "input.opus"),
    code: 1,
    names: /input\.opus/,
  },
  {
    name: "an MP3 file cut within its first frame",
    args: audioFile(Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 1, 2, 3)),
    code: 1,
    names: /input\.mp3/,
  },
  {
    name: "a folder instead of a sound file",
    args: (folder) => serveArgs("--audio", folder.path),
    code: 1,
    names: /streamer-test-/,
  },
  { name: "an unknown flag", args: () => serveArgs("--lodness", "3"), code: 2, names: /--lodness/ },
  { name: "an unknown command", args: () => ["sreve"], code: 2, names: /sreve/ },
  { name: "no command", args: () => [], code: 2, names: /serve|command/i },
  {
    name: "a duration without a unit",
    args: () => serveArgs("--interval", "200"),
    code: 2,
    names: /200.*duration|duration.*200/i,
  },
  {
    name: "a duration that is none",
    args: () => serveArgs("--duration", "soon"),
    code: 2,
    names: /soon/,
  },
  {
    name: "a port that is none",
    args: () => ["serve", "--port", "70000"],
    code: 2,
    names: /70000|port/i,
  },
  {
    name: "a capacity that is none",
    args: () => serveArgs("--capacity", "-1"),
    code: 2,
    names: /-1|capacity/i,
  },
  {
    name: "an address that is not this machine's",
    args: () => ["serve", "--port", "0", "--host", "192.0.2.1"],
    code: 1,
    names: /192\.0\.2\.1/,
  },
  {
    name: "an unwritable log",
    args: () => serveArgs("--log", "/proc/streamer.log", "--token", TOKEN),
    code: 1,
    names: /\/proc\/streamer\.log/,
  },
  {
    name: "an unwritable session description",
    args: () =>
      serveArgs("--audio", COMMENTARY_MP3, "--rtp-to", "127.0.0.1:9", "--sdp", "/proc/x.sdp"),
    code: 1,
    names: /\/proc\/x\.sdp/,
  },
  {
    name: "a missing events file",
    args: () => serveArgs("--events", "/nowhere/feed.ndjson"),
    code: 1,
    names: /\/nowhere\/feed\.ndjson/,
  },
  {
    name: "a missing data file",
    args: () => serveArgs("--data", "/nowhere/beam.ndjson"),
    code: 1,
    names: /--data "\/nowhere\/beam\.ndjson" does not exist; check the path/,
  },
  {
    name: "a folder instead of a data file",
    args: (folder) => serveArgs("--data", folder.path),
    code: 1,
    names: /--data ".*streamer-test-.*" is a folder/,
  },
  {
    name: "a missing set-up of data",
    args: () => serveArgs("--data", "-", "--data-setup", "/nowhere/beam.json"),
    code: 1,
    names: /--data-setup \/nowhere\/beam\.json does not exist; check the path/,
  },
  {
    name: "a set-up of data that contradicts itself",
    args: withFile(
      text('{"values": {"energy": {"minimum": 2, "maximum": 1}}}'),
      (file) => serveArgs("--data", "-", "--data-setup", file),
      "beam.json",
    ),
    code: 2,
    names: /--data-setup .*beam\.json: "energy" contradicts itself: minimum 2 is not below/,
  },
  {
    name: "a set-up without data",
    args: () => serveArgs("--data-setup", "/nowhere/beam.json"),
    code: 2,
    names: /--data-setup .*add --data/,
  },
  {
    name: "data that is given and simulated",
    args: () => serveArgs("--data", "-", "--simulate-data"),
    code: 2,
    names: /--data and --simulate-data exclude each other/,
  },
  {
    name: "data and events from one standard input",
    args: () => serveArgs("--data", "-", "--events", "-"),
    code: 2,
    names: /--data and --events can't both read standard input/,
  },
  {
    name: "an unknown kind of address of data",
    args: () => serveArgs("--data", "kafka://127.0.0.1/beam"),
    code: 2,
    names: /--data "kafka:.*unknown kind of address; give a file, -, http.*nats.*zmq/,
  },
  {
    name: "a password in an address of data that is wrong",
    args: () => serveArgs("--data", `mqtt://ann:${TOKEN}@127.0.0.1`),
    code: 2,
    names: /--data "mqtt:\/\/.*127\.0\.0\.1" needs a topic/,
  },
  {
    name: "a missing token file",
    args: () => serveArgs("--token-file", "/nowhere/ann.token"),
    code: 1,
    names: /\/nowhere\/ann\.token/,
  },
  {
    name: "a token given for the file that it is in",
    args: () => serveArgs("--token-file", TOKEN),
    code: 1,
    names: /--token-file … .*--token/,
  },
  {
    name: "a listener's token given for the file that it is in",
    args: () => ["listen", "--token-file", TOKEN],
    code: 2,
    names: /--token-file … .*--token/,
  },
  {
    name: "a token given for the file of tokens",
    args: () => serveArgs("--tokens", TOKEN),
    code: 1,
    names: /--tokens …: .*--token/,
  },
  {
    name: "a token to revoke given for the file of tokens",
    args: () => ["token", "revoke", "--tokens", TOKEN, "Ann"],
    code: 1,
    names: /--tokens …: /,
  },
  {
    name: "a token that is taken for sound",
    args: () => serveArgs("--open", TOKEN),
    code: 1,
    names: /--audio "…" does not exist/,
  },
  {
    name: "a token beside the link",
    args: () => ["listen", "streamer://127.0.0.1:1/", TOKEN],
    code: 2,
    names: /Unexpected .*"…"/,
  },
  {
    name: "a token and nothing else",
    args: () => [TOKEN],
    code: 2,
    names: /Unexpected .*`…`/,
  },
  {
    name: "a token after a flag of another name",
    args: () => ["listen", `--secret=${TOKEN}`],
    code: 2,
    names: /--secret=…/,
  },
  {
    name: "a password in an address of events",
    args: () => serveArgs("--events", `http://ann:${TOKEN}@127.0.0.1/feed?token=${TOKEN}`),
    code: 1,
    names: /--events http:\/\/…@127\.0\.0\.1\/feed/,
  },
  {
    name: "a missing file of tokens",
    args: () => serveArgs("--tokens", "/nowhere/club.json"),
    code: 1,
    names: /\/nowhere\/club\.json.*streamer token make/,
  },
  {
    name: "everybody let in, and only some",
    args: () => serveArgs("--open", "--tokens", "/nowhere/club.json"),
    code: 2,
    names: /--open.*--tokens/,
  },
  {
    name: "nothing to be done with tokens",
    args: () => ["token"],
    code: 2,
    names: /make.*list.*revoke/,
  },
  {
    name: "a match of one team",
    args: () => serveArgs("--match", "Flamengo"),
    code: 2,
    names: /Flamengo|--match/,
  },
  {
    name: "a link that is none",
    args: () => ["listen", `http://127.0.0.1/?t=${TOKEN}`],
    code: 2,
    names: /link/i,
  },
  {
    name: "a second link",
    args: () => ["listen", "streamer://127.0.0.1:1/", `streamer://127.0.0.1:2/?t=${TOKEN}`],
    code: 2,
    names: /streamer:\/\/127\.0\.0\.1:2/,
  },
  {
    name: "a misspelt flag with a token",
    args: () => ["listen", `--tokn=${TOKEN}`],
    code: 2,
    names: /--tokn/,
  },
  {
    name: "a name too long",
    args: () => ["listen", "--name", "x".repeat(65), "--token", TOKEN],
    code: 2,
    names: /--name.*64/,
  },
  {
    name: "a token too long",
    args: () => ["listen", "--token", TOKEN.repeat(30)],
    code: 2,
    names: /--token/,
  },
  {
    name: "a latency that is none",
    args: () => ["listen", "--latency", "quick"],
    code: 2,
    names: /quick/,
  },
  {
    name: "a host name that does not exist",
    args: () => ["listen", "--host", "nobody.invalid", "--token", TOKEN],
    code: 1,
    names: /nobody\.invalid/,
  },
  {
    name: "an unwritable recording",
    args: () => ["listen", "--no-play", "--record", "/proc/x.mp3", "--token", TOKEN],
    code: 1,
    names: /\/proc\/x\.mp3/,
  },
  {
    name: "a page at an address that is none",
    args: () => ["view", "--http", "8080:127.0.0.1"],
    code: 2,
    names: /8080|--http/,
  },
  {
    name: "a directory at an address that is none",
    args: () => ["directory", "--http", "127.0.0.1:8090:1"],
    code: 2,
    names: /--http.*127\.0\.0\.1:8090:1/,
  },
  {
    name: "a directory with a missing file of members",
    args: () => ["directory", "--http", "0", "--members", "/nowhere/members"],
    code: 1,
    names: /--members \/nowhere\/members: does not exist; make it first/,
  },
  {
    name: "a directory with a list of bans that is none",
    args: withFile(
      text(`${TOKEN}\n`),
      (file) => ["directory", "--http", "0", "--bans", file],
      "bans",
    ),
    code: 1,
    names: /--bans .*bans: line 1 is no public key/,
  },
  {
    name: "a directory's database that is none",
    args: withFile(
      new Uint8Array(5000),
      (file) => ["directory", "--http", "0", "--db", file],
      "directory.db",
    ),
    code: 1,
    names: /--db .*directory\.db: is no database; choose another file/,
  },
];

for (const { name, args, code, names } of MISTAKES) {
  Deno.test(`${name}: one line that says what, exit status ${code}`, async () => {
    await using folder = new TemporaryFolder();
    await using program = new Streamer(args(folder));
    await program.end(code);
    assertHelpful(program.stderr, names);
  });
}

Deno.test("a busy port: one line that names it and the flag, exit status 1", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  await using program = new Streamer([
    ...["serve", "--host", "127.0.0.1", "--port", String(port), "--simulate", "--token", TOKEN],
  ]);
  await program.end(1);
  socket.close();
  assertHelpful(program.stderr, new RegExp(`${port}.*--port`));
});

Deno.test("a busy page address: one line that names it and the flag, exit status 1", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const args = ["view", "--no-play", "--http", `127.0.0.1:${port}`, "--token", TOKEN];
  await using program = new Streamer(args);
  await program.end(1);
  taken.close();
  assertHelpful(program.stderr, new RegExp(`${port}`));
});

function assertHelpful(stderr: string, names: RegExp): void {
  assert.equal(stderr.trim().split("\n").length, 1, `not one line:\n${stderr}`);
  assert.match(stderr, names);
  assert.doesNotMatch(stderr, /\.ts:\d+|file:\/\/\/.*:\d+:\d+|Uncaught|^\s+at /m);
  assert.ok(!stderr.includes(TOKEN), "a token is shown");
}
