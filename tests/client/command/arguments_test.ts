import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { getDocPage, parse } from "@optique/core/parser";
import { listenArguments } from "../../../client/command/arguments.ts";

const DEFAULTS = { host: "127.0.0.1", port: 5004, latency: "normal", play: true, json: false };

function read(...args: string[]) {
  const result = parse(listenArguments, args);
  if (!result.success) throw new Error(formatMessage(result.error));
  return Object.fromEntries(
    Object.entries(result.value).filter(([, value]) => value !== undefined),
  );
}

/** What is said about flags that change nothing. */
function unused(...args: string[]): readonly string[] {
  return read(...args).unused as string[] ?? [];
}

function refuse(...args: string[]): string {
  const result = parse(listenArguments, args);
  assert.ok(!result.success, `${args.join(" ")} was taken`);
  return formatMessage(result.error);
}

Deno.test("without flags it listens on this machine, and plays", () => {
  assert.deepEqual(read(), DEFAULTS);
});

Deno.test("every flag of the contract is taken", () => {
  const { unused: _, ...taken } = read(
    ...("streamer://example.org:6000/?t=abc --host a.example --port 7000 --token x " +
      "--token-file f --latency 150ms --no-play --record out.mp3 --name kitchen --json " +
      "--record-screen out.mkv --record-data out --frames --duration 1m30s --log log.txt").split(
        " ",
      ),
  );
  assert.deepEqual(
    taken,
    {
      link: "streamer://example.org:6000/?t=abc",
      host: "a.example",
      port: 7000,
      token: "x",
      tokenFile: "f",
      latency: 150,
      play: false,
      record: "out.mp3",
      recordScreen: "out.mkv",
      recordData: "out",
      frames: true,
      name: "kitchen",
      json: true,
      duration: 90_000,
      log: "log.txt",
    },
  );
  for (const latency of ["low", "normal", "safe"]) {
    assert.deepEqual(read("--latency", latency), { ...DEFAULTS, latency });
  }
});

Deno.test("what makes no sense is refused by name", () => {
  assert.match(refuse("--latency", "quick"), /quick.*low, normal, safe/);
  assert.match(refuse("--latency", "2h"), /2h/);
  assert.match(refuse("--duration", "soon"), /soon.*duration/);
  assert.match(refuse("--duration", "200"), /200.*duration/);
  assert.match(refuse("--port", "0"), /--port|1/);
  assert.match(refuse("--port", "70000"), /65,?535/);
  assert.match(refuse("--lodness"), /--lodness/);
  assert.match(refuse("--record-screen", "a.webm"), /a\.webm.*\.mkv, \.mp4, \.h264, \.ivf/);
  assert.match(refuse("--record-screen", "mkv"), /does not end in/);
});

Deno.test("every flag has a description that is a sentence, in a group", () => {
  const sections = getDocPage(listenArguments)!.sections.filter(({ entries }) => entries.length);
  assert.deepEqual(
    sections.map(({ title }) => title),
    ["Host", "Directory", "Sound", "Screen", "Live data", "Reporting", "Running"],
  );
  for (const { description } of sections.flatMap(({ entries }) => entries)) {
    assert.ok(description && formatMessage(description).endsWith("."));
  }
});

Deno.test("an invalid link is refused without repeating the token in it", () => {
  const complaint = refuse("http://127.0.0.1/?t=very-secret");
  assert.match(complaint, /join link/);
  assert.doesNotMatch(complaint, /very-secret/);
});

Deno.test("a directory is named by its address, and its links are taken as those of a host are", () => {
  assert.deepEqual(
    read("--directory", "http://127.0.0.1:8090", "--search", "flamengo", "--identity", "me.json"),
    {
      ...DEFAULTS,
      directory: "http://127.0.0.1:8090/",
      search: "flamengo",
      identity: "me.json",
    },
  );
  const link = "streamer://directory.example:443/?b=0123456789abcdef";
  assert.deepEqual(read(link), { ...DEFAULTS, link });
  assert.match(refuse("--directory", "127.0.0.1:8090"), /127\.0\.0\.1:8090.*http:/);
});

const LINK = "streamer://192.0.2.7:5004/?t=abc";
const WITHOUT_TOKEN = "streamer://192.0.2.7:5004/?k=abc";
const DIRECTORY_LINK = "streamer://directory.example:443/?b=0123456789abcdef";
const UNUSED: readonly (readonly [line: string, flags: readonly string[]])[] = [
  [LINK, []],
  [`${WITHOUT_TOKEN} --token-file t`, []],
  ["--host h --port 1 --token t", []],
  ["--search a --directory http://127.0.0.1:8090", []],
  ["--directory http://127.0.0.1:8090", []],
  [`${LINK} --host h --port 1`, ["--host", "--port"]],
  [`${LINK} --token t`, ["--token"]],
  [`${LINK} --token-file t`, ["--token-file"]],
  [`${LINK} --directory http://127.0.0.1:8090`, ["--directory"]],
  [`${DIRECTORY_LINK} --token-file t --port 1`, ["--port", "--token-file"]],
  ["--search a --directory http://127.0.0.1:8090 --host h", ["--host"]],
  ["--token t --token-file f", ["--token-file"]],
];

for (const [line, flags] of UNUSED) {
  Deno.test(`${flags.join(", ") || "nothing"} is without effect in: ${line}`, () => {
    const told = unused(...line.split(" "));
    assert.deepEqual(told.map((text) => text.split(" has no effect: ")[0]), flags);
    for (const text of told) assert.match(text, /\. Leave (?:it|one of them) out$/);
  });
}
